import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeAttributes, formatJson, parseJson } from "./json.ts";

describe("parseJson", () => {
  it("tells integers from floating-point numbers", () => {
    expect(parseJson('{"a":1,"b":1.0,"c":1e3,"d":-0}')).toEqual({ a: 1n, b: 1, c: 1000, d: 0n });
  });
  it("keeps integers beyond 2^53", () => {
    expect(parseJson("18446744073709551615")).toBe(18446744073709551615n);
  });
  it("reads the bare constants that Python writes, but not inside strings", () => {
    expect(parseJson('[NaN, Infinity, -Infinity, "NaN", "say \\"NaN\\""]')).toEqual([
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      "NaN",
      'say "NaN"',
    ]);
  });
  it("refuses what is not JSON", () => {
    expect(() => parseJson("{")).toThrow(SyntaxError);
    expect(() => parseJson("NaNs")).toThrow(SyntaxError);
  });
});

describe("formatJson", () => {
  it("keeps 1.0 a float and 1 an integer", () => {
    expect(formatJson({ a: 1, b: 1n, c: 1e300, d: -0, e: 0.5 })).toBe(
      '{"a":1.0,"b":1,"c":1e+300,"d":-0.0,"e":0.5}',
    );
  });
  it("is valid JSON for missing and infinite numbers", () => {
    expect(JSON.parse(JSON.stringify(encodeAttributes([Number.NaN, Number.POSITIVE_INFINITY])))).toEqual([
      null,
      "Infinity",
    ]);
  });
  it("is the inverse of parseJson for finite values", () => {
    const value = fc.letrec((tie) => ({
      json: fc.oneof(
        { maxDepth: 3 },
        fc.constant(null),
        fc.boolean(),
        fc.string(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.bigInt(),
        fc.array(tie("json"), { maxLength: 4 }),
        fc.dictionary(
          fc.string().filter((key) => key !== "__proto__"),
          tie("json"),
          { maxKeys: 4 },
        ),
      ),
    })).json;
    fc.assert(
      fc.property(value, (json) => {
        expect(parseJson(formatJson(json as never))).toEqual(json);
      }),
    );
  });
});
