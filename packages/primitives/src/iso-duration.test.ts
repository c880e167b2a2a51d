import { describe, expect, it } from "vitest";
import { formatIsoDuration, parseIsoDuration } from "./iso-duration.ts";

const HOUR = 3_600_000;

describe("an ISO 8601 length of time", () => {
  it.each([
    ["PT6H", 6 * HOUR],
    ["P1D", 24 * HOUR],
    ["P1DT12H", 36 * HOUR],
    ["PT1H30M15S", 5_415_000],
    ["PT0.5S", 500],
    ["-PT1M", -60_000],
    ["PT0S", 0],
  ])("%s is read and written", (text, ms) => {
    expect(parseIsoDuration(text)).toBe(ms);
    expect(formatIsoDuration(ms)).toBe(text);
  });

  it.each([
    ["PT90M", 1.5 * HOUR],
    ["PT1.1H", 3_960_000],
    ["P1W", 168 * HOUR],
    ["+P1D", 24 * HOUR],
    [" pt6h ", 6 * HOUR],
    ["PT0.0001S", 0.1],
  ])("%j is read", (text, ms) => expect(parseIsoDuration(text)).toBe(ms));

  it.each(["", "P", "-P", "PT", "P1DT", "6h", "PT6", "P1M", "P1Y", "PT1.5H30M", "P-1D", "PT6H6"])(
    "%j is none",
    (text) => expect(parseIsoDuration(text)).toBeUndefined(),
  );
});
