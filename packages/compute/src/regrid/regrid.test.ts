import { describe, expect, it } from "vitest";
import { parseView } from "../view/parse-view.ts";
import { applyStages } from "./apply-weights.ts";
import { axisWeights, type SourceAxis } from "./axis-weights.ts";
import { cheapestStages } from "./cheapest-stages.ts";
import { planeWeights } from "./curvilinear/plane-weights.ts";
import { targetGrid } from "./target-grid.ts";
import { isComplete, type Weights } from "./weights.ts";

const longitude = (values: readonly number[]): SourceAxis => ({
  kind: "longitude",
  centres: Float64Array.from(values),
});
const latitude = (values: readonly number[]): SourceAxis => ({
  kind: "latitude",
  centres: Float64Array.from(values),
});
const at = (...centres: number[]) => ({
  centres: Float64Array.from(centres),
  edges: Float64Array.from([...centres, centres.at(-1) ?? 0]),
});

function entries({ starts, sources, factors }: Weights, target: number): [number, number][] {
  const found: [number, number][] = [];
  for (let entry = starts[target] ?? 0; entry < (starts[target + 1] ?? 0); entry += 1)
    found.push([sources[entry] ?? -1, factors[entry] ?? Number.NaN]);
  return found;
}

describe("axisWeights", () => {
  it("goes round a closed circle of longitudes, whatever their convention and order", () => {
    for (const circle of [
      [0, 90, 180, 270],
      [-180, -90, 0, 90],
      [270, 180, 90, 0],
      [0, 90, 180, 270, 360],
    ]) {
      const weights = axisWeights("bilinear", longitude(circle), at(315, -45, 45));
      const centres = (target: number) =>
        entries(weights, target).map(([source, factor]) => [((circle[source] ?? 0) + 360) % 360, factor]);
      expect(centres(0).sort()).toEqual([
        [0, 0.5],
        [270, 0.5],
      ]);
      expect(centres(1)).toEqual(centres(0));
      expect(isComplete(weights)).toBe(true);
    }
  });

  it("has nothing outside of a region, and takes a place on a centre from that centre alone", () => {
    const weights = axisWeights("bilinear", longitude([350, 355, 0, 5]), at(352.5, 0, 5, 6, 349));
    expect([0, 1, 2, 3, 4].map((target) => entries(weights, target).length)).toEqual([2, 1, 1, 0, 0]);
    expect(entries(weights, 1)).toEqual([[2, 1]]);
  });

  it("holds the outermost row up to a pole that its cells reach", () => {
    const global = axisWeights("bilinear", latitude([88, 0, -88].map((value) => value * 0.9)), at(89, -89));
    expect(entries(global, 0)).toEqual([[0, 1]]);
    const region = axisWeights("bilinear", latitude([10, 20, 30]), at(31, 9));
    expect(isComplete(region)).toBe(false);
  });

  it("shares areas of latitudes by their sines", () => {
    const { lat } = targetGrid({ kind: "cells", spacing: 90 });
    const weights = axisWeights("conservative", latitude([-67.5, -22.5, 22.5, 67.5]), lat);
    const sine = Math.sin(Math.PI / 4);
    const [[, polar] = [0, 0], [, tropical] = [0, 0]] = entries(weights, 0);
    expect(polar).toBeCloseTo(1 - sine);
    expect(tropical).toBeCloseTo(sine);
  });
});

describe("cheapestStages", () => {
  const [rows, columns] = [37, 72];
  const axis = (count: number, first: number, step: number) =>
    Float64Array.from({ length: count }, (_, i) => first + i * step);
  const target = targetGrid({ kind: "cells", spacing: 13 });

  it.each(["bilinear", "nearest", "conservative"] as const)("%s gives the same in either order", (method) => {
    const lat = axisWeights(method, { kind: "latitude", centres: axis(rows, 90, -5) }, target.lat);
    const lon = axisWeights(method, { kind: "longitude", centres: axis(columns, 0, 5) }, target.lon);
    const along = [lat, lon].map(({ count }, at) => ({ axis: at, axes: 1, shape: [count] }) as const);
    const stages = cheapestStages([rows, columns], along, [lat, lon]);
    expect(stages.map(({ inner }) => inner)).toEqual([columns, 1]);
    const other = [
      { outer: rows, inner: 1, weights: lon },
      { outer: 1, inner: lon.count, weights: lat },
    ];
    for (const gaps of [0, 7]) {
      const values = Float32Array.from({ length: rows * columns }, (_, i) =>
        gaps > 0 && (i * i) % 50 < gaps ? Number.NaN : 250 + ((i * 7919) % 613) / 10,
      );
      for (const skipsMissing of [true, false]) {
        const [one, two] = [stages, other].map((own) => applyStages(values, own, skipsMissing));
        for (const [i, value] of one?.entries() ?? []) {
          const expected = two?.[i] ?? Number.NaN;
          if (Number.isNaN(expected)) expect(value).toBeNaN();
          else expect(Math.abs(value / expected - 1)).toBeLessThan(1e-12);
        }
      }
    }
  });

  it("begins with the axis that loses more where both are looked up", () => {
    const lat = axisWeights("nearest", { kind: "latitude", centres: axis(rows, 90, -5) }, at(1));
    const lon = axisWeights("nearest", { kind: "longitude", centres: axis(columns, 0, 5) }, target.lon);
    const along = [lat, lon].map(({ count }, place) => ({ axis: place, axes: 1, shape: [count] }) as const);
    const [first] = cheapestStages([rows, columns], along, [lat, lon]);
    expect(first?.weights).toBe(lat);
  });
});

describe("planeWeights", () => {
  it("gives a constant back on a globe of points with coordinates of their own, poles included", () => {
    const [rows, columns] = [19, 36];
    const latitudes = Float64Array.from(
      { length: rows * columns },
      (_, i) => -90 + 10 * Math.floor(i / columns),
    );
    const longitudes = Float64Array.from({ length: rows * columns }, (_, i) => 10 * (i % columns));
    for (const method of ["bilinear", "conservative"] as const) {
      const target = { kind: "cells", spacing: 15 } as const;
      const weights = planeWeights({ method, target, shape: [rows, columns], latitudes, longitudes });
      const values = new Float64Array(rows * columns).fill(7);
      const result = applyStages(values, [{ outer: 1, inner: 1, weights }], false);
      expect(result.every((value) => Math.abs(value - 7) < 1e-9)).toBe(true);
    }
  });
});

describe("regrid", () => {
  it("is written in one way", () => {
    expect(parseView("regrid(1.0deg,bilinear)").text).toBe("regrid(1deg)");
    expect(parseView("regrid(nearest,lon=0:9:1.50,lat=-5.0:5:1)").text).toBe(
      "regrid(lat=-5:5:1,lon=0:9:1.5,nearest)",
    );
  });
});
