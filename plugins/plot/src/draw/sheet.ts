import {
  type Canvas,
  createCanvas,
  type SKRSContext2D,
  type SvgCanvas,
  SvgExportFlag,
} from "@napi-rs/canvas";
import type { PictureFormat } from "../request/picture-request.ts";
import { loadFonts } from "./fonts.ts";
import { INK } from "./ink.ts";

/** Something to draw on, and what becomes of it. */
export interface Sheet {
  readonly context: SKRSContext2D;
  readonly width: number;
  readonly height: number;
  encode(): Uint8Array;
  /** RGBA, for files that are written here. */
  pixels(): Uint8ClampedArray;
}

const WEBP_QUALITY = 90;

/** @param hasPaper white behind everything; else what is not drawn is transparent */
export function createSheet(width: number, height: number, format: PictureFormat, hasPaper: boolean): Sheet {
  loadFonts();
  const canvas: Canvas | SvgCanvas =
    format === "svg"
      ? createCanvas(width, height, SvgExportFlag.ConvertTextToPaths)
      : createCanvas(width, height);
  const context = canvas.getContext("2d");
  if (hasPaper) {
    context.fillStyle = INK.paper;
    context.fillRect(0, 0, width, height);
  }
  return {
    context,
    width,
    height,
    encode: () =>
      "getContent" in canvas
        ? canvas.getContent()
        : format === "webp"
          ? canvas.encodeSync("webp", WEBP_QUALITY)
          : canvas.encodeSync("png"),
    pixels: () => context.getImageData(0, 0, width, height).data,
  };
}
