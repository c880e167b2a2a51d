import { describe, expect, it } from "vitest";
import type { Point } from "../projection/map-projection.ts";
import { chooseMap } from "./choose-map.ts";

/** Places from one longitude to another, on all latitudes. */
function places(west: number, east: number) {
  const count = 100;
  const longitude = Float64Array.from(
    { length: count },
    (_, at) => west + ((east - west) * at) / (count - 1),
  );
  const latitude = Float64Array.from({ length: count }, (_, at) => -80 + (160 * at) / (count - 1));
  return { kind: "cells", longitude, latitude, isPoints: false } as const;
}

/** Longitude at the middle of a map. */
function middleOf(west: number, east: number, bbox?: readonly [number, number, number, number]): number {
  const { projection } = chooseMap(places(west, east), { projection: "Mollweide", ...(bbox && { bbox }) });
  const point: Point = [0, 0];
  projection.inverse(0, 0, point);
  return Math.round(point[0]);
}

describe("the map of a field", () => {
  it("has Greenwich in its middle where the field goes around the globe, but for a gap", () => {
    expect(middleOf(-10, 310)).toBe(0);
    expect(middleOf(0, 359)).toBe(0);
  });
  it("has the middle of the field, or of the box that is asked for, in its middle otherwise", () => {
    expect(middleOf(100, 200)).toBe(150);
    expect(middleOf(-10, 310, [0, -30, 340, 30])).toBe(170);
  });
});
