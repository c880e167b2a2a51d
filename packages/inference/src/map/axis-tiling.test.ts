import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AxisTilingOptions, axisTiling } from "./axis-tiling.ts";

const base: AxisTilingOptions = {
  length: 40,
  tile: 16,
  overlap: 6,
  blend: "linear",
  isCircular: false,
  scale: 1,
};

const anyAxis = fc
  .record({
    length: fc.integer({ min: 1, max: 90 }),
    tile: fc.integer({ min: 1, max: 120 }),
    overlap: fc.integer({ min: 0, max: 40 }),
    blend: fc.constantFrom("linear" as const, "cut" as const),
    isCircular: fc.boolean(),
    scale: fc.integer({ min: 1, max: 3 }),
  })
  .filter(({ tile, overlap, length, isCircular }) => {
    const cells = isCircular && tile >= length + overlap ? tile : Math.min(tile, length);
    return cells > overlap;
  });

/** Sum of weights, and how many tiles have one, by result cell. */
function coverage(options: AxisTilingOptions): { sums: number[]; counts: number[] } {
  const cells = options.length * options.scale;
  const sums = new Array<number>(cells).fill(0);
  const counts = new Array<number>(cells).fill(0);
  const { starts, weights } = axisTiling(options);
  for (const [tile, of] of weights.entries()) {
    for (const [cell, weight] of of.entries()) {
      const place = ((starts[tile] ?? 0) * options.scale + cell) % cells;
      sums[place] = (sums[place] ?? 0) + weight;
      if (weight > 0) counts[place] = (counts[place] ?? 0) + 1;
    }
  }
  return { sums, counts };
}

describe("tiles along an axis", () => {
  it("are spread evenly, at least the overlap apart", () => {
    expect(axisTiling(base).starts).toEqual([0, 8, 16, 24]);
    expect(axisTiling({ ...base, length: 16 }).starts).toEqual([0]);
    expect(axisTiling({ ...base, length: 17 }).starts).toEqual([0, 1]);
    expect(axisTiling({ ...base, overlap: 0 }).starts).toEqual([0, 12, 24]);
  });

  it("are no longer than the axis", () => {
    expect(axisTiling({ ...base, length: 7, tile: 16 })).toMatchObject({ tile: 7, starts: [0] });
  });

  it("go around a circle", () => {
    const circle = { ...base, isCircular: true };
    expect(axisTiling(circle)).toMatchObject({ tile: 16, starts: [0, 10, 20, 30] });
    expect(axisTiling({ ...circle, tile: 40, overlap: 0 })).toMatchObject({ tile: 40, starts: [0] });
    expect(axisTiling({ ...circle, tile: 40 })).toMatchObject({ tile: 40, starts: [0, 20] });
    expect(axisTiling({ ...circle, tile: 100 })).toMatchObject({ tile: 46, starts: [0] });
  });

  it("have weights that rise over the overlap", () => {
    const { weights } = axisTiling({ ...base, length: 10, tile: 6, overlap: 2 });
    const rounded = weights.map((of) => [...of].map((weight) => Number(weight.toFixed(3))));
    expect(rounded).toEqual([
      [1, 1, 1, 1, 0.667, 0.333],
      [0.333, 0.667, 1, 1, 1, 1],
    ]);
  });

  it("give each cell to the tile in which it lies deepest, if they are cut", () => {
    const { weights } = axisTiling({ ...base, length: 10, tile: 6, overlap: 2, blend: "cut" });
    expect(weights.map((of) => [...of])).toEqual([
      [1, 1, 1, 1, 1, 0],
      [0, 1, 1, 1, 1, 1],
    ]);
  });

  it("cover every cell with weights that sum to 1, and exactly once if they are cut", () => {
    fc.assert(
      fc.property(anyAxis, (options) => {
        const { sums, counts } = coverage(options);
        for (const sum of sums) expect(sum).toBeCloseTo(1, 12);
        if (options.blend === "cut") expect(counts.every((count) => count === 1)).toBe(true);
      }),
    );
  });

  it("share at least the overlap with the next", () => {
    fc.assert(
      fc.property(anyAxis, (options) => {
        const { starts, tile } = axisTiling(options);
        for (const [number, start] of starts.entries()) {
          const next = starts[number + 1];
          if (next !== undefined) expect(start + tile - next).toBeGreaterThanOrEqual(options.overlap);
        }
      }),
    );
  });
});
