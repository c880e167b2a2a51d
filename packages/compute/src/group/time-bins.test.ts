import { formatInstant, parseCalendar, parseTimeUnits } from "@zarr-gateway/dataset";
import { describe, expect, it } from "vitest";
import { parseFrequency } from "./frequency.ts";
import { type TimeAxis, timeAxis } from "./time-axis.ts";
import { timeBins } from "./time-bins.ts";
import { componentsOf, timeComponent } from "./time-components.ts";

function axisOf(units: string, calendarName: string, values: readonly number[]): TimeAxis {
  const calendar = parseCalendar(calendarName) ?? "standard";
  const coding = parseTimeUnits(units, calendar);
  if (coding === undefined) throw new Error(units);
  return timeAxis(Float64Array.from(values), coding, () => false);
}

function binsOf(axis: TimeAxis, frequency: string): { labels: string[]; groupOf: number[] } {
  const { labels, groupOf } = timeBins(axis, parseFrequency(frequency));
  const day = 86_400_000_000_000n;
  const texts = labels.map((label) => {
    const rest = ((label % day) + day) % day;
    return formatInstant(axis.calendar, { day: Number((label - rest) / day), nanoseconds: Number(rest) });
  });
  return { labels: texts, groupOf: [...groupOf] };
}

// the right-hand sides are those of xarray with pandas 3 and cftime
describe("bins of time", () => {
  it("begin with the month, and are named by its end where the frequency says so", () => {
    const axis = axisOf("days since 2000-01-15", "standard", [0, 16.5, 17, 80]);
    expect(binsOf(axis, "MS")).toEqual({
      labels: ["2000-01-01T00:00:00", "2000-02-01T00:00:00", "2000-03-01T00:00:00", "2000-04-01T00:00:00"],
      groupOf: [0, 0, 1, 3],
    });
    expect(binsOf(axis, "2ME")).toEqual({
      labels: ["2000-01-31T00:00:00", "2000-03-31T00:00:00", "2000-05-31T00:00:00"],
      groupOf: [0, 0, 1, 2],
    });
  });

  it("know the months of every calendar", () => {
    const axis = axisOf("days since 2000-02-01", "360_day", [0, 29, 30]);
    expect(binsOf(axis, "ME").labels).toEqual(["2000-02-30T00:00:00", "2000-03-30T00:00:00"]);
  });

  it("are counted from midnight of the first day where they are of one length", () => {
    const axis = axisOf("hours since 2000-01-01", "noleap", [5, 8, 23]);
    expect(binsOf(axis, "5h")).toEqual({
      labels: ["2000-01-01T05:00:00", "2000-01-01T10:00:00", "2000-01-01T15:00:00", "2000-01-01T20:00:00"],
      groupOf: [0, 0, 3],
    });
  });

  it("are refused where nobody could want them", () => {
    const axis = axisOf("days since 2000-01-01", "standard", [0, 40_000]);
    expect(() => binsOf(axis, "1s")).toThrow("would make 3456000001 times, at most 1000000");
    expect(() => binsOf(axisOf("days since 2000-01-01", "standard", [1, 0]), "D")).toThrow("must rise");
    expect(() => binsOf(axisOf("days since 2000-01-01", "noleap", [0]), "W")).toThrow("real world");
    expect(() => parseFrequency("M")).toThrow('"M" is now called "ME"');
    for (const text of ["", "0D", "1.5h", "MS-JAN", "QS-ABC", "constructor", "9999999999999D", "-1D"]) {
      expect(() => parseFrequency(text)).toThrow("no frequency");
    }
  });

  it("are written in one way", () => {
    expect(["MS", "QS-JAN", "YE-DEC", "YS-JUL", "W-SUN", "3W-MON", "6h"].map(textOf)).toEqual([
      "1MS",
      "1QS",
      "1YE",
      "1YS-JUL",
      "1W",
      "3W-MON",
      "6h",
    ]);
    function textOf(text: string): string {
      return parseFrequency(text).text;
    }
  });
});

describe("components of times", () => {
  it("are those of the calendar", () => {
    const axis = axisOf("days since 2000-02-28 06:30:15", "all_leap", [1, 366]);
    const values = (name: string): unknown[] => [...timeComponent(axis, name).values];
    expect(["month", "day", "dayofyear", "hour", "minute", "second", "season"].map(values)).toEqual([
      [2, 2],
      [29, 28],
      [60, 59],
      [6, 6],
      [30, 30],
      [15, 15],
      ["DJF", "DJF"],
    ]);
    expect(componentsOf(axis)).not.toContain("week");
  });

  it("count weeks as ISO 8601 does", () => {
    const axis = axisOf("days since 2000-01-01", "standard", [0, 2, 365 + 366]);
    expect([...timeComponent(axis, "week").values]).toEqual([52, 1, 1]);
    expect([...timeComponent(axis, "dayofweek").values]).toEqual([5, 0, 1]);
  });

  it("cut fractions off as datetime64[ns] does, and round them as cftime does", () => {
    const oneOClock = 5048.041666666666;
    const direct = axisOf("days since 2000-01-01", "standard", [oneOClock]);
    const cftime = axisOf("days since 2000-01-01", "noleap", [oneOClock]);
    expect([direct.nanoseconds[0], cftime.nanoseconds[0]]).toEqual([3_599_999_999_936, 3_600_000_000_000]);
  });
});
