import { describe, expect, it } from "vitest";
import { publishedAttributes } from "./published-attributes.ts";

describe("attributes of a variable", () => {
  it("are published without the one that xarray takes for encoding", () => {
    const attrs = { units: "mm", least_significant_digit: 1n };
    expect(publishedAttributes(attrs)).toEqual({ units: "mm" });
  });

  it("keep names that objects have anyway", () => {
    const attrs = Object.fromEntries([["__proto__", "odd"]]);
    expect(Object.entries(publishedAttributes(attrs))).toEqual([["__proto__", "odd"]]);
  });
});
