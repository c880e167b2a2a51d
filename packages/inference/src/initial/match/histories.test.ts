import type { Instant } from "@zarr-gateway/dataset";
import { describe, expect, it } from "vitest";
import { historiesOf } from "./histories.ts";

const HOUR = 3_600_000;
const hours = (...values: number[]): Instant[] =>
  values.map((value) => ({
    day: Math.floor(value / 24),
    nanoseconds: (value - 24 * Math.floor(value / 24)) * HOUR * 1e6,
  }));

describe("historiesOf", () => {
  it("offers every time where a state has one", () => {
    const { times, positions } = historiesOf(hours(0, 5, 6), { history: 1, stepMs: 6 * HOUR });
    expect(times.length).toBe(3);
    expect([...positions]).toEqual([0, 1, 2]);
  });

  it("offers times whose earlier ones are there, across days and gaps", () => {
    const { times, positions } = historiesOf(hours(-12, -6, 0, 3, 12, 18, 24), {
      history: 3,
      stepMs: 6 * HOUR,
    });
    expect(times).toEqual(hours(0, 24));
    expect([...positions]).toEqual([2, 1, 0, 6, 5, 4]);
  });

  it("counts steps that are longer than a day, and shorter than the analysis's", () => {
    expect(historiesOf(hours(0, 24, 48, 72), { history: 2, stepMs: 48 * HOUR }).times).toEqual(hours(48, 72));
    expect(historiesOf(hours(0, 6, 12), { history: 2, stepMs: HOUR }).times).toEqual([]);
  });
});
