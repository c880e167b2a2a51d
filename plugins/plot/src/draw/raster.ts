import { createHash } from "node:crypto";
import { createCanvas, ImageData, type SKRSContext2D } from "@napi-rs/canvas";
import type { Palette } from "../colour/colour-scale.ts";
import { axesCells } from "./axes-cells.ts";
import { gridCorners } from "./cell-corners.ts";
import type { FieldPixels } from "./compose.ts";
import { INK } from "./ink.ts";
import { createKept } from "./kept.ts";
import { type MapView, viewKey } from "./map-view.ts";
import { nearestCells } from "./nearest-cells.ts";
import type { OnGround } from "./on-ground.ts";
import { paintedCells } from "./painted-cells.ts";
import { createScratch } from "./scratch.ts";

/** For each pixel of a map the position of the value that lies there; −1 where none does. */
export function mapCells(geometry: OnGround, view: MapView): Int32Array {
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

/** Of each thread: what lies under the pixels of a map of the usual size takes less than two megabytes. */
const MAX_CELLS_BYTES = 16 * 2 ** 20;
const kept = createKept<Int32Array>(MAX_CELLS_BYTES, ({ byteLength }) => byteLength);

/** The same, once for all fields of one grid. */
export function keptCells(geometry: OnGround, view: MapView): Int32Array {
  return kept.of(`${viewKey(view)} ${geometryKey(geometry)}`, () => mapCells(geometry, view));
}

function geometryKey(geometry: OnGround): string {
  const sum = createHash("sha1");
  const add = (values: Float64Array): unknown => sum.update(values);
  if (geometry.kind === "axes") {
    add(geometry.x);
    add(geometry.y);
    return `${JSON.stringify(geometry.plane)} ${geometry.x.length} ${sum.digest("base64")}`;
  }
  add(geometry.longitude);
  add(geometry.latitude);
  const { corners } = geometry;
  if (corners) {
    add(corners.longitude);
    add(corners.latitude);
  }
  const columns = geometry.kind === "curvilinear" ? geometry.columns : 0;
  return `${geometry.kind} ${columns} ${corners?.count ?? 0} ${sum.digest("base64")}`;
}

const coloured = createScratch();

/** RGBA of the values under the pixels; 0 where they are missing, and where none lies. Valid until the next call. */
export function colouredPixels(
  cells: Int32Array,
  values: Float32Array | Float64Array,
  palette: Palette,
): Uint32Array<ArrayBuffer> {
  const pixels = coloured(cells.length);
  const { colours } = palette;
  for (let pixel = 0; pixel < cells.length; pixel += 1) {
    const cell = cells[pixel] as number; // pixel < length
    const index = cell < 0 ? -1 : palette.indexOf(values[cell] as number); // cells are positions of values
    pixels[pixel] = index < 0 ? 0 : (colours[index] as number); // the palette has this index
  }
  return pixels;
}

/** Lays a field over what is drawn already, without touching it where nothing is. */
export function layOver(
  context: SKRSContext2D,
  { pixels, left, top, width, height, missing }: FieldPixels,
): void {
  context.save();
  context.setTransform(1, 0, 0, 1, 0, 0);
  if (missing !== 0) {
    context.fillStyle = INK.missing;
    context.fillRect(left, top, width, height);
  }
  const sheet = createCanvas(width, height);
  const bytes = new Uint8ClampedArray(Uint32Array.from(pixels).buffer);
  sheet.getContext("2d").putImageData(new ImageData(bytes, width, height), 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(sheet, left, top);
  context.restore();
}
