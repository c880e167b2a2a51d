import { describe, expect, it } from "vitest";
import { z } from "zod";
import { duration, formatIsoTime, isoTime, parseIsoTime } from "./times.ts";

describe("points in time among parameters", () => {
  it.each([
    ["2024-01-01T00:00:00", "2024-01-01T00:00:00"],
    ["2024-01-01T06", "2024-01-01T06:00:00"],
    ["2024-01-01 06:30", "2024-01-01T06:30:00"],
    ["2024-02-29T00:00:00Z", "2024-02-29T00:00:00"],
    ["2024-01-01T00:00:00+02:00", "2023-12-31T22:00:00"],
    ["2024-01-01T00:00:00.25", "2024-01-01T00:00:00.250"],
    ["2024-01-01T00:00:00.000000000", "2024-01-01T00:00:00"],
    ["20240101T000000", "2024-01-01T00:00:00"],
  ])("read %s as %s", (text, expected) => {
    const time = parseIsoTime(text);
    expect(time && formatIsoTime(time)).toBe(expected);
    expect(isoTime().parse(text)).toEqual(time);
  });

  it.each(["2024-01-01", "2024-02-30T00:00:00", "2024-13-01T00:00", "2024-01-01T24:00", "now", ""])(
    "refuse %j",
    (text) => {
      expect(parseIsoTime(text)).toBeUndefined();
      expect(z.array(isoTime()).safeParse([text]).error?.issues[0]?.path).toEqual([0]);
    },
  );
});

describe("lengths of time among parameters", () => {
  it.each([
    ["PT6H", 21_600_000],
    ["P1DT12H", 129_600_000],
    ["PT0.5S", 500],
    ["-PT1M", -60_000],
    ["PT0S", 0],
    ["6:00:00", 21_600_000],
    ["06:00", 21_600_000],
    ["25:00:00", 90_000_000],
    ["1 day", 86_400_000],
    ["2d", 172_800_000],
    ["1 day, 6:00:00", 108_000_000],
    ["1 day,06:00:00", 108_000_000],
    ["1 day 6:00:00.25", 108_000_250],
    ["-1:30:00", -5_400_000],
    ["+0:00:01.5", 1500],
  ])("read %s as %d ms", (text, ms) => {
    expect(duration().parse(text)).toBe(ms);
  });

  it("are seconds where they are numbers", () => {
    expect(duration().parse(21_600)).toBe(21_600_000);
    expect(duration().safeParse(Number.NaN).success).toBe(false);
  });

  it("have the bounds of Python's", () => {
    expect(duration().parse(86_399_999_913_600)).toBe(86_399_999_913_600_000);
    expect(duration().safeParse(1e20).success).toBe(false);
  });

  const NONE = [
    "P",
    "PT",
    "6h",
    "P1M",
    "P1Y",
    "",
    "6:00",
    "30",
    "1:60:00",
    "00:00:60",
    "1 06:00:00",
    "1 day,",
    "d",
    "+",
  ];
  it.each(NONE)("refuse %j", (text) => {
    expect(duration().safeParse(text).success).toBe(false);
  });
});
