import { fillNormal, type RandomKey } from "../../tensor/random-field.ts";
import { circleSums } from "./circle-sums.ts";
import { cosineAndSine } from "./exact-functions.ts";
import { LegendreSums, type OrderCoefficients } from "./legendre-sums.ts";
import { spectralAmplitudes } from "./spectrum.ts";
import type { SphereGrid } from "./sphere-grid.ts";

/**
 * Gaussian noise on the sphere, of variance 1 at every place and with the correlation exp(−d²/(2·km²)) over a distance d,
 * whatever the direction and however close to a pole: a sum of spherical harmonics with random factors. A key gives the
 * same field on every grid, each place being computed for itself, and the same bits on every machine.
 * @returns values in the order of the grid
 */
export function correlatedField(
  key: RandomKey,
  { km, grid }: { readonly km: number; readonly grid: SphereGrid },
): Float64Array {
  const amplitudes = spectralAmplitudes(km);
  const degrees = amplitudes.length;
  const rings = ringsOf(grid.latitudes);
  const pairs = ringPairs(key, amplitudes, rings);
  const [rows, columns] = [grid.latitudes.length, grid.longitudes.length];
  const circle = circleSums(grid.longitudes, degrees);
  const [north, south] = [new Float64Array(columns), new Float64Array(columns)];
  const values = new Float64Array(rows * columns);
  const put = (row: number, line: Float64Array): void => {
    if (!grid.isTurned) values.set(line, row * columns);
    else for (let at = 0; at < columns; at += 1) values[at * rows + row] = line[at] ?? 0;
  };
  for (const [at, ring] of rings.entries()) {
    circle.evaluate(pairs.subarray(4 * degrees * at, 4 * degrees * (at + 1)), north, south);
    for (const row of ring.north) put(row, north);
    for (const row of ring.south) put(row, south);
  }
  return values;
}

/** A distance from the equator, and the rows of the grid that have it. */
interface RowRing {
  readonly sine: number;
  readonly cosine: number;
  readonly north: readonly number[];
  readonly south: readonly number[];
}

/** From the poles to the equator. */
function ringsOf(latitudes: readonly number[]): RowRing[] {
  const rings = new Map<number, { north: number[]; south: number[] }>();
  for (const [row, latitude] of latitudes.entries()) {
    const ring = rings.get(Math.abs(latitude)) ?? { north: [], south: [] };
    rings.set(Math.abs(latitude), ring);
    (latitude < 0 ? ring.south : ring.north).push(row);
  }
  return [...rings]
    .sort(([a], [b]) => b - a)
    .map(([latitude, rows]) => ({ ...cosineAndSine(latitude), ...rows }));
}

/** Factors of cos mλ and sin mλ, north and south, of all rings and orders. */
function ringPairs(key: RandomKey, amplitudes: Float64Array, rings: readonly RowRing[]): Float64Array {
  const degrees = amplitudes.length;
  // number l² of degree l and order 0, then cosine and sine of each order: more degrees change nothing of the first
  const random = new Float32Array(degrees * degrees);
  fillNormal(random, key, [0, 0]);
  const legendre = new LegendreSums(rings, degrees);
  const pairs = new Float64Array(4 * degrees * rings.length);
  for (let order = 0; order < degrees; order += 1) {
    legendre.nextOrder(orderCoefficients(order, random, amplitudes), (ring, sums) => {
      const place = 4 * (ring * degrees + order);
      for (let wave = 0; wave < 2; wave += 1) {
        const even = sums[wave] ?? 0;
        const odd = sums[wave + 2] ?? 0;
        pairs[place + wave] = even + odd;
        pairs[place + wave + 2] = even - odd;
      }
    });
  }
  return pairs;
}

/** Those of an order m ≥ 1 count twice, once each for cosine and sine. */
function orderCoefficients(order: number, random: Float32Array, amplitudes: Float64Array): OrderCoefficients {
  const degrees = amplitudes.length;
  const cosines = new Float64Array(degrees - order + 1);
  const sines = new Float64Array(degrees - order + 1);
  for (let degree = order; degree < degrees; degree += 1) {
    const amplitude = (amplitudes[degree] ?? 0) * (order === 0 ? 1 : Math.SQRT2);
    const place = degree * degree + (order === 0 ? 0 : 2 * order - 1);
    cosines[degree - order] = amplitude * (random[place] ?? 0);
    sines[degree - order] = order === 0 ? 0 : amplitude * (random[place + 1] ?? 0);
  }
  return { cosines, sines };
}
