import { describe, expect, it } from "vitest";
import { unitConversion } from "./match-units.ts";

describe("unitConversion", () => {
  it("does nothing where nothing is to be done", () => {
    expect(unitConversion("K", undefined)).toBeUndefined();
    expect(unitConversion(undefined, undefined)).toBeUndefined();
    expect(unitConversion("my own", "my own")).toBeUndefined();
    expect(unitConversion("m s**-1", "m s-1")).toBeUndefined();
    expect(unitConversion(undefined, "1")).toBeUndefined();
  });

  it("converts", () => {
    expect(unitConversion("m", "mm")).toEqual({ factor: 1000, offset: 0 });
    expect(unitConversion("degC", "K")).toEqual({ factor: 1, offset: 273.15 });
  });

  it("says what is wrong", () => {
    expect(unitConversion(undefined, "K")).toBe(
      'the model holds "K", and the analysis does not say its units',
    );
    expect(unitConversion("m", "K")).toBe(
      'the model holds "K", the analysis "m", which cannot be converted to it',
    );
    expect(unitConversion("blah", "K")).toBe(
      'the model holds "K", the analysis "blah"; "blah" is no unit that is known here',
    );
  });
});
