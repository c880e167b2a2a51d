import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { axisTiling } from "./axis-tiling.ts";
import { addTile, tileOfField, tilesOf } from "./tiles.ts";

const anyAxis = fc
  .record({
    length: fc.integer({ min: 2, max: 12 }),
    tile: fc.integer({ min: 2, max: 16 }),
    overlap: fc.integer({ min: 0, max: 3 }),
    blend: fc.constantFrom("linear" as const, "cut" as const),
    isCircular: fc.boolean(),
    scale: fc.constant(1),
  })
  .filter(({ length, tile, overlap }) => Math.min(tile, length) > overlap)
  .map(axisTiling);

function ramp(length: number): Float32Array {
  return Float32Array.from({ length }, (_, at) => at);
}

describe("tiles of a field", () => {
  it("put together again are the field, in any number of dimensions", () => {
    fc.assert(
      fc.property(
        fc.array(anyAxis, { minLength: 1, maxLength: 3 }),
        fc.integer({ min: 1, max: 2 }),
        (axes, layers) => {
          const field = ramp(layers * axes.reduce((product, { length }) => product * length, 1));
          const whole = new Float32Array(field.length);
          for (const tile of tilesOf(axes))
            addTile(whole, tileOfField(field, { axes, tile, layers }), { axes, tile, layers });
          for (const [at, value] of field.entries()) expect(whole[at]).toBeCloseTo(value, 2);
        },
      ),
    );
  });

  it("go on at the beginning of a circle", () => {
    const rows = axisTiling({ length: 2, tile: 2, overlap: 0, blend: "cut", isCircular: false, scale: 1 });
    const circle = axisTiling({ length: 4, tile: 3, overlap: 1, blend: "cut", isCircular: true, scale: 1 });
    expect(circle.starts).toEqual([0, 2]);
    expect([...tileOfField(ramp(8), { axes: [rows, circle], tile: [0, 1], layers: 1 })]).toEqual([
      2, 3, 0, 6, 7, 4,
    ]);
  });

  it("leave NaN of cells behind that others give", () => {
    const axis = axisTiling({ length: 6, tile: 4, overlap: 2, blend: "cut", isCircular: false, scale: 1 });
    const whole = new Float32Array(6);
    addTile(whole, Float32Array.of(1, 2, 3, Number.NaN), { axes: [axis], tile: [0], layers: 1 });
    addTile(whole, Float32Array.of(Number.NaN, 4, 5, 6), { axes: [axis], tile: [1], layers: 1 });
    expect([...whole]).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it("are placed on a finer grid", () => {
    const axis = axisTiling({ length: 3, tile: 2, overlap: 1, blend: "linear", isCircular: false, scale: 2 });
    const whole = new Float32Array(6);
    for (const tile of tilesOf([axis]))
      addTile(whole, Float32Array.of(1, 1, 1, 1), { axes: [axis], tile, layers: 1 });
    expect([...whole].map((value) => Math.round(value * 1e6) / 1e6)).toEqual([1, 1, 1, 1, 1, 1]);
  });
});
