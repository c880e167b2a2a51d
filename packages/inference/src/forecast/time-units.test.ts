import { type Calendar, decodeInstant, type Instant, parseTimeUnits } from "@zarr-gateway/dataset";
import { describe, expect, it } from "vitest";
import { Instants } from "../instants.ts";
import { leadUnits, wholeTimeUnits } from "./time-units.ts";

const HOUR = 3_600_000;

/** Units that are published, and the numbers of the times in them. */
function published(
  given: string,
  values: readonly number[],
  calendar: Calendar = "standard",
  stepMs = 6 * HOUR,
) {
  const coding = parseTimeUnits(given, calendar);
  const times = values.map((value): Instant => {
    const instant = coding && decodeInstant(coding, value);
    if (instant === undefined) throw new Error(given);
    return instant;
  });
  const { units, milliseconds, numberAt } = wholeTimeUnits({
    calendar,
    times: Instants.of(times),
    stepMs,
    given,
  });
  return [units, stepMs / milliseconds, ...times.map((_, position) => numberAt(position))];
}

describe("wholeTimeUnits", () => {
  it("are those of the analysis where all is whole in them", () => {
    expect(published("hours since 1900-01-01", [0, 6, 1_000_000])).toEqual([
      "hours since 1900-01-01",
      6,
      0,
      6,
      1_000_000,
    ]);
    expect(published("days since 1850-01-01 12:00", [3], "noleap", 48 * HOUR)).toEqual([
      "days since 1850-01-01 12:00",
      2,
      3,
    ]);
    expect(published("seconds since 1970-01-01T00:00:00Z", [21_600])).toEqual([
      "seconds since 1970-01-01T00:00:00Z",
      21_600,
      21_600,
    ]);
  });

  it("are shorter ones with the same reference where times or leads are fractions", () => {
    expect(published("days since 1850-01-01", [0.25, 10], "360_day")).toEqual([
      "hours since 1850-01-01",
      6,
      6,
      240,
    ]);
    expect(published("days since 1850-01-01", [3])).toEqual(["hours since 1850-01-01", 6, 72]);
    expect(published("hours since 1850-01-01 00:30", [0.5], "julian", HOUR / 4)).toEqual([
      "minutes since 1850-01-01 00:30",
      15,
      30,
    ]);
    expect(published("weeks since 2000-01-01", [1], "standard", 24 * HOUR)).toEqual([
      "days since 2000-01-01",
      1,
      7,
    ]);
    expect(published("hours since 2000-01-01", [1], "standard", 500)).toEqual([
      "milliseconds since 2000-01-01",
      500,
      3_600_000,
    ]);
  });

  it("are hours where the analysis counts what no model does", () => {
    expect(published("nanoseconds since 1970-01-01", [3.6e12])).toEqual(["hours since 1970-01-01", 6, 1]);
    const { units } = wholeTimeUnits({
      calendar: "standard",
      times: Instants.of([{ day: 1, nanoseconds: 0 }]),
      stepMs: HOUR,
    });
    expect(units).toBe("hours since 1970-01-01");
  });

  it("count times before the reference", () => {
    expect(published("days since 2000-01-01", [-0.25])).toEqual(["hours since 2000-01-01", 6, -6]);
  });
});

describe("leadUnits", () => {
  it("are hours, or the longest shorter unit that a step is whole in", () => {
    expect([6 * HOUR, 240 * HOUR, HOUR / 4, 30_000, 250].map(leadUnits)).toEqual([
      { units: "hours", perStep: 6 },
      { units: "hours", perStep: 240 },
      { units: "minutes", perStep: 15 },
      { units: "seconds", perStep: 30 },
      { units: "milliseconds", perStep: 250 },
    ]);
  });
});
