import { contourLine } from "./contour-lines.ts";
import type { Numbers } from "./picture-job.ts";

/** What lies under the pixels of a map. */
export interface Raster {
  readonly cells: Int32Array;
  readonly values: Numbers;
  readonly width: number;
  readonly height: number;
}

type Line = (x0: number, y0: number, x1: number, y1: number) => void;

const LEAST_STEP = 2;
const LARGEST_STEP = 24;
/** Squares are so many cells wide: narrower ones would follow the edges of the cells. */
const CELLS_A_SQUARE = 1.5;

/**
 * Lines of equal value of a field whose cells have no neighbours that anybody tells: through the means of squares of the drawn map.
 * `put` gets their pieces in pixels. Where less than half of a square is known there is no line.
 */
export function rasterContours(raster: Raster, levels: readonly number[], put: Line): void {
  const step = stepOf(raster);
  const field = squareMeans(raster, step);
  const pixel = (at: number): number => (at + 0.5) * step;
  for (const level of levels)
    contourLine(field, level, (x0, y0, x1, y1) => put(pixel(x0), pixel(y0), pixel(x1), pixel(y1)));
}

/** Pixels along a side of a square. */
function stepOf({ cells }: Raster): number {
  const seen = new Set<number>();
  let covered = 0;
  for (const cell of cells) {
    if (cell < 0) continue;
    covered += 1;
    seen.add(cell);
  }
  const side = Math.sqrt(covered / Math.max(1, seen.size));
  return Math.max(LEAST_STEP, Math.min(LARGEST_STEP, Math.round(CELLS_A_SQUARE * side)));
}

function squareMeans({ cells, values, width, height }: Raster, step: number) {
  const [columns, rows] = [Math.ceil(width / step), Math.ceil(height / step)];
  const means = new Float64Array(columns * rows);
  const counts = new Int32Array(columns * rows);
  for (let at = 0; at < cells.length; at += 1) {
    const value = values[cells[at] as number]; // none for −1
    if (value === undefined || Number.isNaN(value)) continue;
    const square = Math.floor(Math.floor(at / width) / step) * columns + Math.floor((at % width) / step);
    means[square] = (means[square] as number) + value; // inside
    counts[square] = (counts[square] as number) + 1; // inside
  }
  for (let square = 0; square < means.length; square += 1) {
    const [column, row] = [square % columns, Math.floor(square / columns)];
    const area = Math.min(step, width - column * step) * Math.min(step, height - row * step);
    const count = counts[square] as number; // inside
    means[square] = 2 * count < area ? Number.NaN : (means[square] as number) / count; // inside
  }
  return { values: means, columns, rows };
}
