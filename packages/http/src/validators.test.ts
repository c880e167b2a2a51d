import { describe, expect, it } from "vitest";
import { formatTag, ifMatchHolds, ifRangeHolds, matchedTags } from "./validators.ts";

describe("validators", () => {
  it("compares If-None-Match weakly, in a list, and takes *", () => {
    expect(matchedTags('"a", W/"b"', ["b"])).toEqual(["b"]);
    expect(matchedTags('"a"', ["b"])).toBeUndefined();
    expect(matchedTags("*", ["b", "c"])).toEqual(["b", "c"]);
    expect(matchedTags("*", [])).toEqual([]);
    expect(matchedTags('"x,y", "b"', ["x,y"])).toEqual(["x,y"]);
  });
  it("compares If-Match strongly", () => {
    expect(ifMatchHolds('"a", "b"', ["b"])).toBe(true);
    expect(ifMatchHolds('W/"b"', ["b"])).toBe(false);
    expect(ifMatchHolds("*", [])).toBe(true);
  });
  it("holds If-Range for exactly the current tag, never for a date", () => {
    expect(ifRangeHolds('"a"', "a")).toBe(true);
    expect(ifRangeHolds('W/"a"', "a")).toBe(false);
    expect(ifRangeHolds("Sat, 21 Nov 2026 12:00:00 GMT", "a")).toBe(false);
    expect(ifRangeHolds('"a"', undefined)).toBe(false);
  });
  it("escapes what a tag may not hold", () => {
    expect(formatTag("v1-temp/c/0")).toBe('"v1-temp/c/0"');
    expect(formatTag('a "b" ü')).toBe('"a%20%22b%22%20%C3%BC"');
  });
});
