import { dayNumber } from "@zarr-gateway/dataset";
import { describe, expect, it } from "vitest";
import type { TimeFeature } from "../model-package.ts";
import { type RolloutTime, timeFeature } from "./time-feature.ts";

const HOUR = 3.6e12;

function feature(quantity: TimeFeature["quantity"], parts: Partial<TimeFeature> = {}): TimeFeature {
  return { kind: "time", wave: "none", isAngle: false, quantity, divisor: 1, ...parts };
}

function at(
  calendar: RolloutTime["run"]["calendar"],
  [year, month, day, hours]: number[],
  step: number,
): RolloutTime {
  const date = { year: year!, month: month!, day: day! };
  const initialTime = { day: dayNumber(calendar, date), nanoseconds: hours! * HOUR };
  return { run: { calendar, initialTime }, step, stepMs: 6 * 3.6e6 };
}

describe("features of time", () => {
  it("are of the valid time, across the end of a year", () => {
    const time = at("standard", [2020, 12, 31, 18.5], 1);
    expect(timeFeature(feature("day"), time)).toBe(1);
    expect(timeFeature(feature("hour"), time)).toBe(0.5);
    expect(timeFeature(feature("day"), { ...time, step: 0 })).toBe(366);
  });

  it("count hours and steps from the initial time, also backwards", () => {
    const time = at("standard", [2020, 1, 1, 0], -1);
    expect(timeFeature(feature("lead"), time)).toBe(-6);
    expect(timeFeature(feature("step"), time)).toBe(-1);
    expect(timeFeature(feature("day"), time)).toBe(365);
    expect(timeFeature(feature("lead"), { ...time, step: 40 })).toBe(240);
  });

  it.each([
    ["standard", 60],
    ["noleap", 60],
    ["360_day", 59], // 29 February
  ] as const)("follow the calendar %s", (calendar, day) => {
    const time = at(calendar, [2021, 2, 28, 18], 1);
    expect(timeFeature(feature("day"), time)).toBe(day);
  });

  it("may be waves of a share or of an angle", () => {
    const time = at("standard", [2020, 1, 10, 6], 0);
    expect(timeFeature(feature("hour", { wave: "sin", isAngle: true, divisor: 24 }), time)).toBeCloseTo(
      1,
      12,
    );
    expect(timeFeature(feature("hour", { wave: "cos", divisor: 24 }), time)).toBeCloseTo(Math.cos(0.25), 12);
    expect(timeFeature(feature("day", { divisor: 366 }), time)).toBe(10 / 366);
    expect(timeFeature(feature("step", { isAngle: true }), { ...time, step: 2 })).toBeCloseTo(
      4 * Math.PI,
      12,
    );
  });
});
