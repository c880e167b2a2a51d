import { describe, expect, it } from "vitest";
import { colourMap, colourMapNames } from "./colour-map.ts";
import { chooseScale, createPalette } from "./colour-scale.ts";
import { dataRange, joinedRange } from "./data-range.ts";
import { formatTicks, niceLevels, niceTicks } from "./nice-ticks.ts";

const range = (low: number, high: number) => ({ low, high, robustLow: low, robustHigh: high });

describe("colour maps", () => {
  it("are the tables of matplotlib and cmocean", () => {
    expect([...(colourMap("viridis")?.rgb.subarray(0, 3) ?? [])]).toEqual([68, 1, 84]);
    expect([...(colourMap("viridis_r")?.rgb.subarray(0, 3) ?? [])]).toEqual([253, 231, 36]);
    expect(colourMap("thermal")?.rgb).toEqual(colourMap("cmo.thermal")?.rgb);
    expect(colourMap("tab10")?.size).toBe(10);
    expect([colourMap("__proto__"), colourMap("constructor_r"), colourMap("")]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(colourMapNames().length).toBeGreaterThan(110);
  });
});

describe("the scale", () => {
  it.each([
    ["from end to end", {}, range(250, 310), { cmap: "viridis", vmin: 250, vmax: 310 }],
    [
      "around zero where data lies on both sides",
      {},
      range(-10, 20),
      { cmap: "RdBu_r", vmin: -20, vmax: 20 },
    ],
    [
      "without a middle where data merely touches the other side",
      {},
      range(-2, 34),
      { cmap: "viridis", vmin: -2 },
    ],
    [
      "without a middle for a map that has none",
      { cmap: "magma" },
      range(-10, 20),
      { cmap: "magma", vmin: -10 },
    ],
    ["around what is asked", { center: 273 }, range(250, 280), { vmin: 250, vmax: 296, cmap: "RdBu_r" }],
    [
      "with ends that are asked",
      { vmin: -5, vmax: 30 },
      range(-10, 20),
      { vmin: -5, vmax: 30, cmap: "viridis" },
    ],
    ["with round levels", { levels: 7 }, range(1, 9.7), { levels: [0, 1.5, 3, 4.5, 6, 7.5, 9, 10.5] }],
  ] as const)("is %s", (_, wish, data, expected) => {
    expect(chooseScale({ robust: false, ...wish }, data)).toMatchObject(expected);
  });

  it("puts the upper end into the last colour, and nothing where values are missing", () => {
    const palette = createPalette(chooseScale({ robust: false, vmin: 0, vmax: 1 }, range(0, 1)));
    expect([0, 0.5, 1, -9, 9, Number.NaN].map((value) => palette.indexOf(value))).toEqual([
      0, 128, 255, 0, 255, -1,
    ]);
  });

  it("has a colour more at each end that the data passes", () => {
    const palette = createPalette(chooseScale({ robust: false, levels: [0, 1, 2] }, range(-5, 9)));
    expect(palette.colours).toHaveLength(4);
    expect([-1, 0, 1, 1.5, 2, 3].map((value) => palette.indexOf(value))).toEqual([0, 1, 2, 2, 3, 3]);
  });
});

describe("the range of data", () => {
  it("knows numpy's percentiles, and leaves out what is not finite", () => {
    const values = Float64Array.from({ length: 101 }, (_, at) => (at * 37) % 101);
    expect(dataRange(Float64Array.of(...values, Number.NaN, Infinity), true)).toEqual({
      low: 0,
      high: 100,
      robustLow: 2,
      robustHigh: 98,
    });
    expect(dataRange(new Float32Array(3).fill(Number.NaN), true)).toBeUndefined();
    expect(joinedRange([undefined, range(1, 2), range(0, 1)])).toEqual(range(0, 2));
    expect(joinedRange([undefined])).toEqual(range(0, 0));
  });
});

describe("ticks", () => {
  it("are round numbers, also far from zero", () => {
    expect(niceTicks(249.3, 310.2, 6)).toEqual([250, 260, 270, 280, 290, 300, 310]);
    expect(niceTicks(0.1, 0.5, 4)).toEqual([0.1, 0.2, 0.3, 0.4, 0.5]);
    expect(niceLevels(0, 0, 5)).toEqual([0]);
    expect(formatTicks([-0.5, 0, 0.5])).toEqual({ labels: ["−0.5", "0.0", "0.5"], power: "" });
    expect(formatTicks([0, 2e-6])).toEqual({ labels: ["0", "2"], power: "×10⁻⁶" });
  });
});
