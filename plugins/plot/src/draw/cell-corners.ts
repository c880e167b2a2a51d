import type { Corners } from "../field/geometry.ts";
import { degrees, radians } from "../projection/map-projection.ts";

/** Longitudes beyond this are no place: fill values such as 1e30 stand in real coordinates. */
const MAX_LONGITUDE = 720;

export function isPlace(longitude: number, latitude: number): boolean {
  return Math.abs(longitude) <= MAX_LONGITUDE && Math.abs(latitude) <= 90.0001;
}

interface Grid {
  readonly columns: number;
  readonly longitude: Float64Array;
  readonly latitude: Float64Array;
}

/**
 * Corners of the cells of a grid whose middles are known: where four cells meet, in the mean of what each of them would
 * say from the way to its neighbours. Worked out on the sphere, so that poles and the antimeridian are places like others.
 */
export function gridCorners({ columns, longitude, latitude }: Grid): Corners {
  const rows = columns === 0 ? 0 : longitude.length / columns;
  const middles = unitVectors(longitude, latitude);
  const corners = cornerVectors(middles, rows, columns);
  const count = rows * columns;
  const result = { longitude: new Float64Array(4 * count), latitude: new Float64Array(4 * count), count: 4 };
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const cell = row * columns + column;
      const around = [
        row * (columns + 1) + column,
        row * (columns + 1) + column + 1,
        (row + 1) * (columns + 1) + column + 1,
        (row + 1) * (columns + 1) + column,
      ];
      for (const [side, corner] of around.entries()) {
        const isKnown = Number.isFinite(middles[3 * cell] ?? Number.NaN);
        const [x = 0, y = 0, z = 0] = corners.subarray(3 * corner, 3 * corner + 3);
        result.longitude[4 * cell + side] = isKnown ? degrees(Math.atan2(y, x)) : Number.NaN;
        result.latitude[4 * cell + side] = degrees(Math.atan2(z, Math.hypot(x, y)));
      }
    }
  }
  return result;
}

/** Three numbers a place; NaN where there is none. */
export function unitVectors(longitude: Float64Array, latitude: Float64Array): Float64Array {
  const vectors = new Float64Array(3 * longitude.length).fill(Number.NaN);
  for (let at = 0; at < longitude.length; at += 1) {
    const [lambda = Number.NaN, phi = Number.NaN] = [longitude[at], latitude[at]];
    if (!isPlace(lambda, phi)) continue;
    const cosine = Math.cos(radians(phi));
    vectors[3 * at] = cosine * Math.cos(radians(lambda));
    vectors[3 * at + 1] = cosine * Math.sin(radians(lambda));
    vectors[3 * at + 2] = Math.sin(radians(phi));
  }
  return vectors;
}

function cornerVectors(middles: Float64Array, rows: number, columns: number): Float64Array {
  const sums = new Float64Array(3 * (rows + 1) * (columns + 1));
  const along = new Float64Array(3);
  const across = new Float64Array(3);
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      const cell = row * columns + column;
      if (!Number.isFinite(middles[3 * cell] ?? Number.NaN)) continue;
      halfStep(middles, cell, column > 0 ? cell - 1 : -1, column + 1 < columns ? cell + 1 : -1, along);
      halfStep(middles, cell, row > 0 ? cell - columns : -1, row + 1 < rows ? cell + columns : -1, across);
      for (let corner = 0; corner < 4; corner += 1) {
        const [right, up] = [corner & 1, corner >> 1];
        const at = 3 * ((row + up) * (columns + 1) + column + right);
        for (let part = 0; part < 3; part += 1) {
          sums[at + part] =
            (sums[at + part] ?? 0) +
            (middles[3 * cell + part] ?? 0) +
            (right ? 1 : -1) * (along[part] ?? 0) +
            (up ? 1 : -1) * (across[part] ?? 0);
        }
      }
    }
  }
  return sums;
}

/** Half of the way to the next cell; of both neighbours the nearer one counts, as grids have folds. */
function halfStep(
  middles: Float64Array,
  cell: number,
  before: number,
  after: number,
  to: Float64Array,
): void {
  const [back, on] = [squaredDistance(middles, cell, before), squaredDistance(middles, cell, after)];
  const usesBoth = Number.isFinite(back) && Number.isFinite(on) && back < 9 * on && on < 9 * back;
  const isBack = !usesBoth && !(on <= back) && Number.isFinite(back);
  const [from, until, factor] = usesBoth
    ? [before, after, 0.25]
    : isBack
      ? [before, cell, 0.5]
      : [cell, after, 0.5];
  const isKnown = usesBoth || Number.isFinite(back) || Number.isFinite(on);
  for (let part = 0; part < 3; part += 1) {
    to[part] = isKnown ? factor * ((middles[3 * until + part] ?? 0) - (middles[3 * from + part] ?? 0)) : 0;
  }
}

function squaredDistance(middles: Float64Array, cell: number, other: number): number {
  if (other < 0) return Number.NaN;
  let sum = 0;
  for (let part = 0; part < 3; part += 1) {
    sum += ((middles[3 * cell + part] ?? 0) - (middles[3 * other + part] ?? Number.NaN)) ** 2;
  }
  return sum;
}
