import { describe, expect, it } from "vitest";
import { parseDuration } from "./duration.ts";

describe("a duration", () => {
  it.each([
    ["250ms", 250],
    ["2s", 2000],
    ["1.5 m", 90_000],
    ["10min", 600_000],
    ["24h", 86_400_000],
    ["7 d", 604_800_000],
  ])("%s is %i ms", (text, expected) => expect(parseDuration(text)).toBe(expected));

  it.each(["", "2", "s", "-1s", "2 weeks", "1e3s", "2s 3s"])("%s is none", (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  );
});
