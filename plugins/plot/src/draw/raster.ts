import { createCanvas, ImageData, type SKRSContext2D } from "@napi-rs/canvas";
import type { Palette } from "../colour/colour-scale.ts";
import type { Geometry } from "../field/geometry.ts";
import { axesCells } from "./axes-cells.ts";
import { gridCorners } from "./cell-corners.ts";
import type { MapView } from "./map-view.ts";
import { nearestCells } from "./nearest-cells.ts";
import { paintedCells } from "./painted-cells.ts";

/** For each pixel of a map the position of the value that lies there; −1 where none does. */
export function mapCells(geometry: Exclude<Geometry, { kind: "plane" | "line" }>, view: MapView): Int32Array {
  switch (geometry.kind) {
    case "axes":
      return axesCells(geometry, view);
    case "curvilinear":
      return paintedCells(geometry.corners ?? gridCorners(geometry), view);
    case "cells":
      return geometry.corners ? paintedCells(geometry.corners, view) : nearestCells(geometry, view);
    default:
      return geometry satisfies never;
  }
}

/** RGBA of the values under the pixels; what is missing, and where nothing lies, is transparent. */
export function colouredPixels(
  cells: Int32Array,
  values: Float32Array | Float64Array,
  palette: Palette,
): Uint32Array {
  const pixels = new Uint32Array(cells.length);
  const { colours } = palette;
  for (let pixel = 0; pixel < cells.length; pixel += 1) {
    const cell = cells[pixel] as number; // pixel < length
    if (cell < 0) continue;
    const index = palette.indexOf(values[cell] as number); // cells are positions of values
    if (index >= 0) pixels[pixel] = colours[index] as number; // the palette has this index
  }
  return pixels;
}

interface Place {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Lays pixels over what is drawn already, without touching it where they are transparent. */
export function layPixels(
  context: SKRSContext2D,
  pixels: Uint32Array,
  { left, top, width, height }: Place,
): void {
  const sheet = createCanvas(width, height);
  const bytes = new Uint8ClampedArray(pixels.buffer, pixels.byteOffset, pixels.byteLength);
  sheet.getContext("2d").putImageData(new ImageData(bytes, width, height), 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(sheet, left, top);
}
