import { describe, expect, it } from "vitest";
import { type Calendar, dateOfDay, dayNumber, parseCalendar } from "./calendar.ts";
import { decodeInstant, formatInstant, formatRfc3339, parseTimeUnits } from "./time-coding.ts";

function decoded(units: string, calendar: Calendar, value: number | bigint): string | undefined {
  const coding = parseTimeUnits(units, calendar);
  const instant = coding && decodeInstant(coding, value);
  return instant && formatInstant(calendar, instant);
}

describe("calendars", () => {
  const calendars: Calendar[] = [
    "standard",
    "proleptic_gregorian",
    "julian",
    "noleap",
    "all_leap",
    "360_day",
  ];

  it("count days forth and back", () => {
    for (const calendar of calendars) {
      for (let day = -900_000; day < 900_000; day += 331) {
        expect([calendar, day, dayNumber(calendar, dateOfDay(calendar, day))]).toEqual([calendar, day, day]);
      }
    }
  });

  it("follow each other day by day", () => {
    const dates = [-2, -1, 0, 1].map((day) =>
      dateOfDay("standard", dayNumber("standard", { year: 1582, month: 10, day: 15 }) + day),
    );
    expect(dates.map(({ month, day }) => `${month}-${day}`)).toEqual(["10-3", "10-4", "10-15", "10-16"]);
  });

  it("have the names of CF", () => {
    expect(["gregorian", "365_day", "366_day", undefined, "NoLeap", "lunar"].map(parseCalendar)).toEqual([
      "standard",
      "noleap",
      "all_leap",
      "standard",
      "noleap",
      undefined,
    ]);
  });
});

// the right-hand sides are cftime's
describe("times", () => {
  it.each([
    ["days since 1850-01-01", "standard", 36524, "1950-01-01T00:00:00"],
    ["days since 0001-01-01 00:00:00", "standard", 577736, "1582-10-04T00:00:00"],
    ["days since 0001-01-01 00:00:00", "standard", 577737, "1582-10-15T00:00:00"],
    ["days since 0001-01-01 00:00:00", "proleptic_gregorian", 577736, "1582-10-16T00:00:00"],
    ["days since 1850-01-01", "noleap", 59, "1850-03-01T00:00:00"],
    ["days since 1850-01-01", "all_leap", 59, "1850-02-29T00:00:00"],
    ["days since 1850-01-01", "360_day", 59, "1850-02-30T00:00:00"],
    ["days since 1850-01-01", "julian", 1461, "1854-01-01T00:00:00"],
    ["hours since 1900-1-1 06:30:15", "standard", 123.5, "1900-01-06T10:00:15"],
    ["seconds since 1970-01-01T00:00:00Z", "standard", 1356998400n, "2013-01-01T00:00:00"],
    ["months since 2000-01-01", "360_day", 13, "2001-02-01T00:00:00"],
  ] as const)("%s (%s), %s", (units, calendar, value, expected) => {
    expect(decoded(units, calendar, value)).toBe(expected);
  });

  it("subtract the zone of the reference", () => {
    expect(decoded("days since 2000-02-28 00:00:00 -6:00", "standard", 0)).toBe("2000-02-28T06:00:00");
    expect(decoded("hours since 2000-01-01 00:00 +0530", "standard", 0)).toBe("1999-12-31T18:30:00");
  });

  it("are none where the units are no time, or have no fixed length", () => {
    for (const units of [
      "K",
      "days",
      "days since yesterday",
      "days since 2001-02-29",
      "months since 2000-01-01",
    ]) {
      expect([units, parseTimeUnits(units, "standard")]).toEqual([units, undefined]);
    }
    expect(decoded("days since 2000-01-01", "standard", Number.NaN)).toBeUndefined();
    expect(decoded("days since 2000-01-01", "standard", 1e300)).toBeUndefined();
  });

  it("take the last day of the month where ISO 8601 lacks the day", () => {
    const coding = parseTimeUnits("days since 1850-01-01", "360_day");
    expect(coding && formatRfc3339("360_day", decodeInstant(coding, 59) ?? coding.reference)).toBe(
      "1850-02-28T00:00:00Z",
    );
  });
});
