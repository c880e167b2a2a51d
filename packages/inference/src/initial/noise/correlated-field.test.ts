import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { correlatedField } from "./correlated-field.ts";
import { EARTH_KM, spectralAmplitudes } from "./spectrum.ts";
import type { SphereGrid } from "./sphere-grid.ts";

const circle = (count: number, start = 0) =>
  Array.from({ length: count }, (_, at) => start + (360 / count) * at);
const GLOBE: SphereGrid = {
  latitudes: Array.from({ length: 37 }, (_, at) => 90 - 5 * at),
  longitudes: circle(72),
  isTurned: false,
};
const largest = (a: Float64Array, b: ArrayLike<number>) =>
  a.reduce((most, value, at) => Math.max(most, Math.abs(value - (b[at] ?? Number.NaN))), 0);

/** Mean of products over many fields at places on one grid. */
function covariance(km: number, grid: SphereGrid, pairs: readonly (readonly [number, number])[]): number[] {
  const sums = pairs.map(() => 0);
  const count = 1500;
  for (let seed = 0; seed < count; seed += 1) {
    const field = correlatedField([seed, 77], { km, grid });
    for (const [at, [a, b]] of pairs.entries())
      sums[at] = (sums[at] ?? 0) + ((field[a] ?? 0) * (field[b] ?? 0)) / count;
  }
  return sums;
}

describe("correlatedField", () => {
  it("has variance 1 and the wanted correlation at every place, across the pole and the date line too", () => {
    const km = 1500;
    // 0.5, 1 and 2 lengths from the equator, from 60 degrees north and from near the pole
    const degrees = (lengths: number) => ((lengths * km) / EARTH_KM) * (180 / Math.PI);
    const grid: SphereGrid = {
      latitudes: [0, degrees(0.5), degrees(1), degrees(2), 60, 89.9, -89.9],
      longitudes: [0, degrees(1), 180, 180.001, -179.999, 359.999],
      isTurned: false,
    };
    const at = (row: number, column: number) => row * grid.longitudes.length + column;
    const found = covariance(km, grid, [
      [at(0, 0), at(0, 0)],
      [at(4, 0), at(4, 0)],
      [at(5, 2), at(5, 2)],
      [at(0, 0), at(1, 0)],
      [at(0, 0), at(2, 0)],
      [at(0, 0), at(3, 0)],
      [at(0, 0), at(0, 1)],
      [at(5, 0), at(5, 2)],
      [at(0, 3), at(0, 4)],
      [at(5, 0), at(6, 0)],
    ]);
    const expected = [1, 1, 1, Math.exp(-1 / 8), Math.exp(-1 / 2), Math.exp(-2), Math.exp(-1 / 2), 1, 1, 0];
    for (const [place, value] of found.entries())
      expect([place, Math.abs(value - (expected[place] ?? 0)) < 0.1]).toEqual([place, true]);
  });

  it("is the same field on every grid", () => {
    const whole = correlatedField([1, 2], { km: 800, grid: GLOBE });
    const rows = [3, 10, 30];
    const columns = [70, 71, 5];
    const part = correlatedField([1, 2], {
      km: 800,
      grid: {
        latitudes: rows.map((row) => GLOBE.latitudes[row] ?? 0),
        longitudes: [-10, -5, 25],
        isTurned: true,
      },
    });
    const expected = columns.flatMap((column) => rows.map((row) => whole[72 * row + column] ?? 0));
    expect(largest(part, expected)).toBeLessThan(1e-12);
    const west = correlatedField([1, 2], {
      km: 800,
      grid: { ...GLOBE, longitudes: circle(72).map((longitude) => -longitude) },
    });
    expect(Math.abs((west[72 * 10 + 1] ?? 0) - (whole[72 * 10 + 71] ?? 0))).toBeLessThan(1e-12);
  });

  it("goes around circles of any number of longitudes, fewer than there are waves too", () => {
    const latitudes = [80, 10, -10, -33];
    for (const count of [7, 8, 12, 30, 64, 97, 2 * 3 * 5 * 7]) {
      const longitudes = circle(count, 11);
      const round = correlatedField([3, 4], { km: 500, grid: { latitudes, longitudes, isTurned: false } });
      // the same places in an order that is no circle
      const shuffled = longitudes.toReversed();
      shuffled.push(shuffled.shift() ?? 0, 200);
      const singly = correlatedField([3, 4], {
        km: 500,
        grid: { latitudes, longitudes: shuffled, isTurned: false },
      });
      const expected = latitudes.flatMap((_, row) =>
        longitudes.map((longitude) => singly[row * (count + 1) + shuffled.indexOf(longitude)] ?? 0),
      );
      expect([count, largest(round, expected) < 1e-11]).toEqual([count, true]);
    }
  });

  it("is one value at a pole", () => {
    const field = correlatedField([5, 6], { km: 300, grid: GLOBE });
    for (const row of [0, 36]) {
      const line = field.subarray(72 * row, 72 * (row + 1));
      expect(largest(line, new Float64Array(72).fill(line[0] ?? 0))).toBeLessThan(1e-12);
    }
  });

  it("has the same bytes everywhere", () => {
    const bytes = (km: number) =>
      createHash("sha256")
        .update(correlatedField([123, 456], { km, grid: GLOBE }))
        .digest("hex")
        .slice(0, 16);
    expect([2000, 500, 100].map(bytes)).toMatchInlineSnapshot(`
      [
        "42a5e11bf4ea21f9",
        "7a4a174862de350b",
        "29d8c3c19ceaee16",
      ]
    `);
  });

  it("is different for another key", () => {
    const [a, b] = [0, 1].map((key) => correlatedField([key, 0], { km: 500, grid: GLOBE }));
    const product = a?.reduce((sum, value, at) => sum + value * (b?.[at] ?? 0), 0) ?? 1;
    expect(Math.abs(product / (a?.length ?? 1))).toBeLessThan(0.2);
  });
});

describe("spectralAmplitudes", () => {
  it("make variance 1 of all degrees together", () => {
    for (const km of [20_000, 3000, 300, 30, 1]) {
      const sum = spectralAmplitudes(km).reduce(
        (total, value, degree) => total + (2 * degree + 1) * value * value,
        0,
      );
      expect(sum).toBeCloseTo(1, 12);
    }
  });

  it("have as many degrees as the length has detail, and a bound", () => {
    expect([20_000, 3000, 300, 30, 1].map((km) => spectralAmplitudes(km).length)).toMatchInlineSnapshot(`
      [
        2,
        15,
        140,
        1326,
        1441,
      ]
    `);
  });
});
