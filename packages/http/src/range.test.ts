import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatContentRange, parseRange } from "./range.ts";

const part = (offset: number, length: number) => ({ kind: "part", offset, length });

describe("parseRange", () => {
  it.each([
    ["bytes=0-7", part(0, 8)],
    ["bytes=4-", part(4, 96)],
    ["bytes=-4", part(96, 4)],
    ["bytes=-400", part(0, 100)],
    ["bytes=90-400", part(90, 10)],
    ["bytes=99-99", part(99, 1)],
    ["BYTES=0-0", part(0, 1)],
    ["bytes=0-99999999999999999999999", part(0, 100)],
  ])("cuts %s out of 100 bytes", (header, verdict) => {
    expect(parseRange(header, 100)).toEqual(verdict);
  });
  it.each(["bytes=100-", "bytes=100-200", "bytes=-0", "bytes=7-3", "bytes=99999999999999999999999-"])(
    "cannot satisfy %s",
    (header) => {
      expect(parseRange(header, 100)).toEqual({ kind: "unsatisfiable" });
    },
  );
  it.each([
    "bytes=0-1,4-5",
    "items=0-1",
    "bytes",
    "bytes=",
    "bytes=-",
    "bytes=a-b",
    "bytes=+0-1",
    "bytes= 0-1",
    "bytes=0_0-1",
    "bytes=٠-٣",
    "0-1",
  ])("ignores %s", (header) => {
    expect(parseRange(header, 100)).toEqual({ kind: "whole" });
  });
  it("never leaves the body", () => {
    const bound = fc.option(fc.nat(300), { nil: undefined });
    fc.assert(
      fc.property(bound, bound, fc.nat(200), (first, last, size) => {
        const verdict = parseRange(`bytes=${first ?? ""}-${last ?? ""}`, size);
        if (verdict.kind !== "part") return;
        expect(verdict.offset).toBeGreaterThanOrEqual(0);
        expect(verdict.length).toBeGreaterThan(0);
        expect(verdict.offset + verdict.length).toBeLessThanOrEqual(size);
      }),
    );
  });
  it("finds nothing in an empty body", () => {
    for (const header of ["bytes=0-", "bytes=-1", "bytes=0-0"]) {
      expect(parseRange(header, 0)).toEqual({ kind: "unsatisfiable" });
    }
  });
});

it("writes the total as a number", () => {
  expect(formatContentRange(4, 8, 100)).toBe("bytes 4-11/100");
});
