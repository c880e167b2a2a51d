import { parseTimeUnits, type TimeCoding } from "@zarr-gateway/dataset";
import { describe, expect, it } from "vitest";
import type { Axis } from "./axis.ts";
import { findLabel, labelAt } from "./find-label.ts";
import { parseTimeLabel } from "./time-label.ts";

function axis(values: Axis["values"], changes: Partial<Axis> = {}): Axis {
  return { dim: "d", values, kind: "number", label: "d", isDownward: false, ...changes };
}

function coding(units: string, calendar: TimeCoding["calendar"]): TimeCoding {
  const found = parseTimeUnits(units, calendar);
  if (found === undefined) throw new Error(units);
  return found;
}

describe("labels", () => {
  it("find numbers as float32 knows them", () => {
    const values = Float64Array.from(Float32Array.of(0.1, 0.2, 850));
    expect(["0.1", "0.2", "850", "8.5e2"].map((text) => findLabel(axis(values), text, false))).toEqual([
      0, 1, 2, 2,
    ]);
  });

  it("name the nearest where there is none, and take it where that is asked", () => {
    const levels = axis(Float64Array.of(1000, 850, 500));
    expect(() => findLabel(levels, "700", false)).toThrow(
      /no label 700; the nearest are 1000, 850, 500 \(3 from 1000 to 500\)/,
    );
    expect(findLabel(levels, "700", true)).toBe(1);
    expect(() => findLabel(levels, "high", false)).toThrow(/d=high: expected a number/);
    expect(() => findLabel(axis(["air", "sea"]), "seas", false)).toThrow(/nearest are sea/);
  });

  it("find the first time that begins like them, in every calendar", () => {
    const noleap = axis(Float64Array.of(0, 31, 59, 90), {
      kind: "time",
      coding: coding("days since 2001-01-01", "noleap"),
    });
    expect(
      ["2001", "2001-02", "2001-03-01", "2001-04-01T00:00"].map((text) => findLabel(noleap, text, false)),
    ).toEqual([0, 1, 2, 3]);
    const months = axis(Float64Array.of(59), {
      kind: "time",
      coding: coding("days since 1850-01-01", "360_day"),
    });
    expect(findLabel(months, "1850-02-30", false)).toBe(0);
    expect(labelAt(months, 0)).toBe("1850-02-30");
    expect(() => findLabel(months, "1850-02-31", false)).toThrow(/expected a time such as/);
  });

  it("mean the whole of what they name", () => {
    const hours = coding("hours since 2000-01-01", "standard");
    expect(parseTimeLabel("2000-01-02", hours)).toEqual({ from: 24, until: 48 });
    expect(parseTimeLabel("2000-01-02T06", hours)).toEqual({ from: 30, until: 31 });
    expect(parseTimeLabel("2000", hours)).toEqual({ from: 0, until: 8784 });
    expect(parseTimeLabel("yesterday", hours)).toBeUndefined();
  });
});
