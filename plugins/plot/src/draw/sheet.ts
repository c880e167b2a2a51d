import {
  type Canvas,
  createCanvas,
  type SKRSContext2D,
  type SvgCanvas,
  SvgExportFlag,
} from "@napi-rs/canvas";
import { encodePng } from "../encode/png.ts";
import { encodeWebp } from "../encode/webp.ts";
import type { PictureFormat } from "../request/picture-request.ts";
import { type Band, compose, type FieldPixels } from "./compose.ts";
import { loadFonts } from "./fonts.ts";
import { INK } from "./ink.ts";
import { layOver } from "./raster.ts";
import { createScratch } from "./scratch.ts";

/** Something to draw on, and what becomes of it. One at a time: the next may be drawn on the same canvas. */
export interface Sheet {
  /** For all that lies over the field. */
  readonly context: SKRSContext2D;
  readonly width: number;
  readonly height: number;
  /** Puts the field under what is drawn; in files of lines, over what is drawn so far. */
  layField(field: FieldPixels): void;
  encode(): Uint8Array;
  /** RGBA words, not premultiplied, of pictures that are no lines. */
  pixels(): Uint32Array<ArrayBuffer>;
}

export interface SheetOptions {
  readonly width: number;
  readonly height: number;
  readonly format: PictureFormat;
  /** White behind everything; else what is not drawn is transparent. */
  readonly hasPaper: boolean;
}

export function createSheet(options: SheetOptions): Sheet {
  loadFonts();
  return options.format === "svg" ? vectorSheet(options) : rasterSheet(options);
}

function vectorSheet({ width, height, hasPaper }: SheetOptions): Sheet {
  const canvas: SvgCanvas = createCanvas(width, height, SvgExportFlag.ConvertTextToPaths);
  const context = canvas.getContext("2d");
  if (hasPaper) {
    context.fillStyle = INK.paper;
    context.fillRect(0, 0, width, height);
  }
  return {
    context,
    width,
    height,
    layField: (field) => layOver(context, field),
    encode: () => canvas.getContent(),
    pixels: () => new Uint32Array(),
  };
}

/** The canvas holds what lies over the field alone: the field goes from values to the file without it. */
function rasterSheet(options: SheetOptions): Sheet {
  const context = blankContext(options);
  let field: FieldPixels | undefined;
  const picture = () => layered({ ...options, field }, bandsOf(context, options));
  return {
    context,
    width: options.width,
    height: options.height,
    layField: (laid) => {
      field = laid;
    },
    encode: () => picture().encode(),
    pixels: () => picture().pixels(),
  };
}

export type Picture = Pick<Sheet, "width" | "height" | "encode" | "pixels">;

const WHITE = 0xffffffff;
const composed = createScratch();

/** A field under what is drawn already. */
export function layered(
  { width, height, format, hasPaper, field }: SheetOptions & { readonly field: FieldPixels | undefined },
  bands: Iterable<Band>,
): Picture {
  const pixels = (): Uint32Array<ArrayBuffer> => {
    const to = composed(width * height);
    for (const band of bands) compose(band, { width, field, paper: hasPaper ? WHITE : 0 }, to);
    return to;
  };
  const encode = (): Uint8Array =>
    format === "webp" ? encodeWebp(pixels(), { width, height }) : encodePng(pixels(), { width, height });
  return { width, height, encode, pixels };
}

let usual: Canvas | undefined;

/** The canvas of the picture before, where it has the same size: its memory is there already. */
function blankContext({ width, height }: SheetOptions): SKRSContext2D {
  if (usual?.width !== width || usual.height !== height) usual = createCanvas(width, height);
  const context = usual.getContext("2d");
  context.reset();
  return context;
}

/** So few rows at a time that they find memory that was used before. */
const BAND_BYTES = 128 * 1024;

/** What is drawn, from the upper rows to the lower. */
export function* bandsOf(context: SKRSContext2D, { width, height }: SheetOptions): Generator<Band> {
  const step = Math.max(1, Math.floor(BAND_BYTES / (4 * width)));
  for (let firstRow = 0; firstRow < height; firstRow += step) {
    const { data } = context.getImageData(0, firstRow, width, Math.min(step, height - firstRow));
    yield { firstRow, words: new Uint32Array(data.buffer, data.byteOffset, data.byteLength / 4) };
  }
}

let probe: SKRSContext2D | undefined;

/** Measures letters. */
export function measuringContext(): SKRSContext2D {
  loadFonts();
  probe ??= createCanvas(1, 1).getContext("2d");
  return probe;
}
