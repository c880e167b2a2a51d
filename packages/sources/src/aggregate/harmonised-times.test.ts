import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { harmoniseTimes, instantsOf } from "./harmonised-times.ts";
import { parseTimeClock, type TimeClock } from "./time-clock.ts";
import { Turns } from "./turns.ts";

const DAY = 86_400_000_000_000n;

function clock(units: string, calendar = "standard"): TimeClock {
  const found = parseTimeClock(units, calendar);
  if (found === undefined) throw new Error(`not understood: ${units}`);
  return found;
}

function daysBetween(a: string, b: string, calendar: string): bigint {
  return (clock(`days since ${b}`, calendar).epoch - clock(`days since ${a}`, calendar).epoch) / DAY;
}

describe("dates of the CF calendars", () => {
  it.each([
    ["1970-01-01", "2000-03-01", "proleptic_gregorian", 11_017n],
    ["1582-10-04", "1582-10-15", "standard", 1n],
    ["1582-10-04", "1582-10-15", "proleptic_gregorian", 11n],
    ["1900-02-28", "1900-03-01", "julian", 2n],
    ["1900-02-28", "1900-03-01", "standard", 1n],
    ["2000-02-28", "2000-03-01", "365_day", 1n],
    ["2001-02-28", "2001-03-01", "366_day", 2n],
    ["2000-01-30", "2001-01-01", "360_day", 331n],
    ["-0001-03-01", "0001-03-01", "proleptic_gregorian", 731n],
  ])("%s to %s in %s is %i days", (from, to, calendar, expected) => {
    expect(daysBetween(from, to, calendar)).toBe(expected);
  });

  it("reads what files have after since", () => {
    const wanted = clock("days since 1949-12-01").epoch;
    for (const units of [
      "days since 1949-12-01T00:00:00Z",
      "Days Since 1949-12-1 00:00:0.0",
      "hours since 1949-12-01 00:00 UTC",
      "seconds since 1949-12-01 01:00:00 +01:00",
      "minutes since 1949-12",
    ])
      expect(clock(units).epoch).toBe(wanted);
  });

  it("knows no months, no dates that do not exist and no calendar of its own", () => {
    expect(parseTimeClock("months since 1850-01-01", "standard")).toBeUndefined();
    expect(parseTimeClock("days since 1900-02-29", "standard")).toBeUndefined();
    expect(parseTimeClock("days since 1850-01-31", "360_day")).toBeUndefined();
    expect(parseTimeClock("days since 1850-01-01", "mars")).toBeUndefined();
  });
});

describe("harmonised times", () => {
  const first = clock("days since 1850-01-01");
  const turns = new Turns();
  const second = clock("hours since 2000-01-01");

  it("are the same instants in the first file's units and type", async () => {
    const result = await harmoniseTimes(
      [
        { values: Float64Array.of(0.5, 1.5), clock: first },
        { values: Int32Array.of(12, 36), clock: second },
      ],
      "float64",
      turns,
    );
    expect(result).toEqual({
      values: [Float64Array.of(0.5, 1.5), Float64Array.of(54786.5, 54787.5)],
      dtype: "float64",
    });
  });

  it("become whole numbers of a finer unit where the first cannot hold one of them", async () => {
    const parts = [
      { values: Float64Array.of(0.5), clock: first },
      { values: Int32Array.of(1), clock: clock("minutes since 2000-01-01") },
    ];
    const result = await harmoniseTimes(parts, "float64", turns);
    expect(result).toMatchObject({ dtype: "int64", units: "seconds since 1850-01-01" });
    expect(result?.values).toEqual([BigInt64Array.of(43_200n), BigInt64Array.of(54_786n * 86_400n + 60n)]);
  });

  it("never change an instant", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: -3_000_000, max: 3_000_000 }),
        fc.double({ min: 0, max: 80_000, noNaN: true }),
        async (a, b) => {
          const parts = [
            { values: Int32Array.of(a), clock: clock("minutes since 1990-01-01") },
            { values: Float64Array.of(b), clock: first },
          ];
          const result = await harmoniseTimes(parts, "int32", turns);
          if (result === undefined) return;
          const target = result.units === undefined ? clock("minutes since 1990-01-01") : clock(result.units);
          for (const [at, part] of parts.entries()) {
            const values = result.values[at] ?? [];
            expect(instantsOf({ values, clock: target })).toEqual(instantsOf(part));
          }
        },
      ),
    );
  });

  it("leave missing data as they are, and are refused where nothing holds them", async () => {
    const missing = { values: Float64Array.of(1e20, 0), clock: second, missing: 1e20 };
    const whole = { values: Float64Array.of(0, 1), clock: first, missing: 1e20 };
    const result = await harmoniseTimes([whole, missing], "float64", turns);
    expect(result?.values[1]).toEqual(Float64Array.of(1e20, 54786));
    const uneven = { values: Float64Array.of(Number.NaN, 1 / 3), clock: second };
    expect(await harmoniseTimes([whole, uneven], "float64", turns)).toBeUndefined();
  });
});
