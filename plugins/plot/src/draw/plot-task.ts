import type { Transferred } from "@zarr-gateway/primitives";
import type { DataRange } from "../colour/colour-scale.ts";
import { dataRange, joinedRange } from "../colour/data-range.ts";
import { type DrawnValues, fieldJson } from "../encode/field-json.ts";
import { gifFrame, indexedPixels } from "../encode/gif.ts";
import { gifPalette } from "../encode/gif-palette.ts";
import { encodeNpy } from "../encode/npy.ts";
import { decodeNumbers } from "../field/packing.ts";
import { createFigure } from "./figure.ts";
import type { Numbers, PictureJob } from "./picture-job.ts";

/** Tasks of a worker thread. Drawing and encoding hold it for some ten milliseconds a picture. */
export function draw(job: PictureJob): Transferred<Uint8Array<ArrayBuffer>> {
  const values = decodeNumbers(job.stored, job.packing);
  return moved(createFigure(job, values).draw(values, 0).encode());
}

/** Frames of one animation, each as it stands in the file, and how large they are. */
export interface Frames {
  readonly width: number;
  readonly height: number;
  readonly frames: readonly Uint8Array[];
  /** Colours of GIF files. */
  readonly rgb: Uint8Array;
}

export function drawFrames(job: PictureJob): Frames {
  const all = decodeNumbers(job.stored, job.packing);
  const values = framesOf(all, job.titles.length);
  const figure = createFigure(job, values[0] ?? all);
  const palette = gifPalette(figure.scale);
  const delay = 1000 / (job.request.animation?.framesPerSecond ?? 1);
  let size = { width: 0, height: 0 };
  const frames = values.map((numbers, frame) => {
    const sheet = figure.draw(numbers, frame);
    size = { width: sheet.width, height: sheet.height };
    if (job.request.format !== "gif") return sheet.encode();
    return gifFrame(indexedPixels(sheet.pixels(), palette), size, delay);
  });
  return { ...size, frames, rgb: palette.rgb };
}

export interface MeasureJob extends Pick<PictureJob, "stored" | "packing"> {
  readonly frames: number;
  readonly isRobust: boolean;
}

/** What all frames of an animation share: the ends of their values. */
export function measure({ stored, packing, frames, isRobust }: MeasureJob): DataRange {
  const values = decodeNumbers(stored, packing);
  return joinedRange(framesOf(values, frames).map((frame) => dataRange(frame, isRobust)));
}

function framesOf(values: Numbers, count: number): Numbers[] {
  const length = values.length / count;
  return Array.from({ length: count }, (_, frame) => values.slice(frame * length, (frame + 1) * length));
}

export interface ValuesJob extends PictureJob {
  readonly drawn: DrawnValues;
}

/** The values of a picture as `.npy`, in the order of the variable's dimensions. */
export function npy({ stored, packing, drawn }: ValuesJob): Transferred<Uint8Array<ArrayBuffer>> {
  return moved(encodeNpy(inOrder(decodeNumbers(stored, packing), drawn), drawn.shape));
}

/** The same as JSON, with the scale and the box that the picture would have. */
export function json(job: ValuesJob): Transferred<Uint8Array<ArrayBuffer>> {
  const values = decodeNumbers(job.stored, job.packing);
  const { scale, plan } = createFigure(job, values);
  return moved(Buffer.from(fieldJson(inOrder(values, job.drawn), job, { scale, plan })));
}

/** Values are drawn in rows; a variable may have them in columns. */
function inOrder(values: Numbers, { isTransposed, shape }: DrawnValues): Numbers {
  if (!isTransposed) return values;
  const [columns = 1, rows = 1] = shape;
  return values.map((_, at) => values[(at % rows) * columns + Math.floor(at / rows)] ?? Number.NaN);
}

/** A copy of its own where the bytes are part of a larger buffer. */
function moved(bytes: Uint8Array): Transferred<Uint8Array<ArrayBuffer>> {
  const value = new Uint8Array(bytes);
  return { value, transfer: [value.buffer] };
}
