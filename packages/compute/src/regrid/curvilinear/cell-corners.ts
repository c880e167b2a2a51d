import type { Mesh } from "./mesh.ts";
import { isKnown, type SpherePoints } from "./sphere.ts";

/** Outlines of cells: longitude and latitude of every corner in degrees, `corners` of them a cell, one cell after the other. */
export interface CellOutlines {
  readonly corners: number;
  readonly longitudes: Float64Array;
  readonly latitudes: Float64Array;
}

const DEGREES = 180 / Math.PI;
type Point = readonly [number, number, number];

/** Cells whose corners lie in the middle of four neighbouring centres, at the border as far out as inside. */
export function outlinesOf(mesh: Mesh): CellOutlines {
  const { rows, columns } = mesh;
  const wide = columns + 1;
  const corners = new Float64Array(2 * (rows + 1) * wide).fill(Number.NaN);
  for (let row = 0; row <= rows; row += 1) {
    for (let column = 0; column <= columns; column += 1) {
      const around = [
        centreAt(mesh, row - 1, column - 1),
        centreAt(mesh, row - 1, column),
        centreAt(mesh, row, column - 1),
        centreAt(mesh, row, column),
      ];
      const [x, y, z] = [0, 1, 2].map((axis) =>
        around.reduce((sum, point) => sum + (point?.[axis] ?? Number.NaN), 0),
      );
      const at = 2 * (row * wide + column);
      corners[at] = Math.atan2(y ?? Number.NaN, x ?? Number.NaN) * DEGREES;
      corners[at + 1] = Math.atan2(z ?? Number.NaN, Math.hypot(x ?? Number.NaN, y ?? Number.NaN)) * DEGREES;
    }
  }
  const longitudes = new Float64Array(4 * rows * columns);
  const latitudes = new Float64Array(4 * rows * columns);
  for (let cell = 0; cell < rows * columns; cell += 1) {
    const [row, column] = [Math.floor(cell / columns), cell % columns];
    for (const [turn, [r, c]] of (
      [
        [0, 0],
        [0, 1],
        [1, 1],
        [1, 0],
      ] as const
    ).entries()) {
      const at = 2 * ((row + r) * wide + column + c);
      longitudes[4 * cell + turn] = corners[at] ?? Number.NaN;
      latitudes[4 * cell + turn] = corners[at + 1] ?? Number.NaN;
    }
  }
  return { corners: 4, longitudes, latitudes };
}

/** The centre of a cell; beyond the border the mirror image of the one inside. */
function centreAt(mesh: Mesh, row: number, column: number): Point | undefined {
  const { rows, columns, isClosed, points } = mesh;
  if (isClosed && columns > 0) {
    const around = (column + columns) % columns;
    if (around !== column) return centreAt(mesh, row, around);
  }
  const [r, c] = [clamp(row, rows), clamp(column, columns)];
  const at = r * columns + c;
  if (!isKnown(points, at)) return undefined;
  const own = pointAt(points, at);
  if (r === row && c === column) return own;
  const inner = [clamp(2 * r - row, rows), clamp(2 * c - column, columns)] as const;
  const other = inner[0] * columns + inner[1];
  if (!isKnown(points, other)) return undefined;
  const mirror = pointAt(points, other);
  return [2 * own[0] - mirror[0], 2 * own[1] - mirror[1], 2 * own[2] - mirror[2]];
}

function pointAt(points: SpherePoints, at: number): Point {
  return [points[3 * at] ?? 0, points[3 * at + 1] ?? 0, points[3 * at + 2] ?? 0];
}

function clamp(value: number, length: number): number {
  return Math.max(0, Math.min(length - 1, value));
}
