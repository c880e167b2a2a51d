import { movableValues, type Values } from "@zarr-gateway/dataset";
import type { Transferred } from "@zarr-gateway/primitives";
import type { DataRange } from "../colour/colour-scale.ts";
import { dataRange } from "../colour/data-range.ts";
import { changedPlace, croppedTo } from "../encode/changed-place.ts";
import { gifFile, gifFrame, type Place, type Size } from "../encode/gif.ts";
import { type GifPalette, gifPalette } from "../encode/gif-palette.ts";
import { createIndexer } from "../encode/indexed-pixels.ts";
import { encodeWebp } from "../encode/webp.ts";
import { webpAnimation } from "../encode/webp-animation.ts";
import { decodeNumbers } from "../field/packing.ts";
import { createFigure } from "./figure.ts";
import type { Numbers, PictureJob } from "./picture-job.ts";
import type { Picture } from "./sheet.ts";

/** A frame as it stands in the file, and which part of the picture it paints anew. */
export interface Frame {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly place: Place;
}

/** Some frames of an animation, one after the other. */
export interface Frames extends Size {
  readonly frames: readonly Frame[];
  /** Of GIF files. */
  readonly palette: GifPalette;
}

export function drawFrames(job: PictureJob): Transferred<Frames> {
  const values = framesOf(decodeNumbers(job.stored, job.packing), job.titles.length);
  const figure = createFigure(job, values[0] ?? new Float32Array());
  const palette = gifPalette(figure.scale);
  const encode = job.request.format === "gif" ? gifEncoder(palette, delayMs(job)) : webpEncoder();
  let size: Size = { width: 0, height: 0 };
  const frames = values.map((numbers, frame) => {
    const picture = figure.draw(numbers, frame);
    size = { width: picture.width, height: picture.height };
    return encode(picture);
  });
  return { value: { ...size, frames, palette }, transfer: frames.map(({ bytes }) => bytes.buffer) };
}

type Encode = (picture: Picture) => Frame;

function gifEncoder(palette: GifPalette, delay: number): Encode {
  const indexesOf = createIndexer(palette);
  let before: Uint8Array<ArrayBuffer> | undefined;
  return (picture) => {
    const indexes = indexesOf(picture.pixels());
    const place = before ? changedPlace(before, indexes, picture) : wholeOf(picture);
    before = indexes;
    return { bytes: gifFrame(croppedTo(indexes, picture.width, place), place, delay), place };
  };
}

function webpEncoder(): Encode {
  let before: Uint32Array<ArrayBuffer> | undefined;
  return (picture) => {
    const pixels = picture.pixels();
    const place = before ? changedPlace(before, pixels, picture) : wholeOf(picture);
    const bytes = Uint8Array.from(encodeWebp(croppedTo(pixels, picture.width, place), place));
    before ??= new Uint32Array(pixels.length);
    before.set(pixels);
    return { bytes, place };
  };
}

function wholeOf({ width, height }: Size): Place {
  return { left: 0, top: 0, width, height };
}

function delayMs({ request }: Pick<PictureJob, "request">): number {
  return 1000 / (request.animation?.framesPerSecond ?? 1);
}

/** The parts of an animation, in order. */
export interface FilmJob extends Pick<PictureJob, "request"> {
  readonly parts: readonly Frames[];
}

/** The file. */
export function joinFrames({ parts, request }: FilmJob): Transferred<Uint8Array<ArrayBuffer>> {
  const [first] = parts;
  const frames = parts.flatMap((part) => part.frames);
  const size = first ?? { width: 0, height: 0 };
  const bytes =
    request.format === "gif"
      ? gifFile(
          frames.map((frame) => frame.bytes),
          size,
          first?.palette ?? { rgb: new Uint8Array() },
        )
      : webpAnimation(frames, size, delayMs({ request }));
  return { value: bytes, transfer: [bytes.buffer] };
}

export interface MeasureJob extends Pick<PictureJob, "stored" | "packing"> {
  readonly frames: number;
  readonly isRobust: boolean;
}

/** The ends of the values of each frame, undefined where nothing is finite, and the values themselves, which come back. */
export interface Measured {
  readonly ranges: readonly (DataRange | undefined)[];
  readonly stored: Values;
}

/** What all frames of an animation share is known when all were looked at. */
export function measure({ stored, packing, frames, isRobust }: MeasureJob): Transferred<Measured> {
  const values = decodeNumbers(stored, packing);
  const ranges = framesOf(values, frames).map((frame) => dataRange(frame, isRobust));
  const { value, transfer } = movableValues(stored);
  return { value: { ranges, stored: value }, transfer };
}

function framesOf(values: Numbers, count: number): Numbers[] {
  const length = values.length / count;
  return Array.from({ length: count }, (_, frame) => values.subarray(frame * length, (frame + 1) * length));
}
