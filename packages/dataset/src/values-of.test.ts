import { describe, expect, it } from "vitest";
import {
  allocateValues,
  bytesOfValues,
  filledValues,
  unitsPerElement,
  valuesOverBytes,
} from "./values-of.ts";

describe("filledValues", () => {
  it.each([
    ["bool", true, Uint8Array.of(1, 1)],
    ["int8", -3, Int8Array.of(-3, -3)],
    ["int64", -(2n ** 63n), BigInt64Array.of(-(2n ** 63n), -(2n ** 63n))],
    ["uint64", 2n ** 64n - 1n, BigUint64Array.of(2n ** 64n - 1n, 2n ** 64n - 1n)],
    ["int64", 7, BigInt64Array.of(7n, 7n)],
    ["float16", Number.NaN, Float16Array.of(Number.NaN, Number.NaN)],
    ["float32", -0, Float32Array.of(-0, -0)],
    [
      "float64",
      Number.POSITIVE_INFINITY,
      Float64Array.of(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY),
    ],
    ["complex64", [1, -2], Float32Array.of(1, -2, 1, -2)],
    ["datetime64[ns]", -(2n ** 63n), BigInt64Array.of(-(2n ** 63n), -(2n ** 63n))],
    ["S3", Uint8Array.of(65, 66), Uint8Array.of(65, 66, 0, 65, 66, 0)],
    ["U2", "é", Uint8Array.of(0xe9, 0, 0, 0, 0, 0, 0, 0, 0xe9, 0, 0, 0, 0, 0, 0, 0)],
    ["string", "x", ["x", "x"]],
    ["string", null, ["", ""]],
    ["float32", null, Float32Array.of(0, 0)],
  ] as const)("gives two elements of %s that are %s", (dtype, fill, expected) => {
    const values = filledValues(dtype, 2, fill);
    expect(values).toEqual(expected);
    expect(Object.is(values[0], expected[0])).toBe(true);
  });
  it("cuts a fill that is longer than its type", () => {
    expect(filledValues("S2", 1, Uint8Array.of(1, 2, 3))).toEqual(Uint8Array.of(1, 2));
  });
  it("gives nothing for no elements and for strings of no length", () => {
    expect(filledValues("float32", 0, 1)).toEqual(new Float32Array(0));
    expect(filledValues("S0", 4, new Uint8Array(0))).toEqual(new Uint8Array(0));
  });
});

describe("valuesOverBytes", () => {
  it("shares aligned bytes and copies others", () => {
    const bytes = Uint8Array.of(0, 1, 0, 2, 0);
    expect(valuesOverBytes("int16", bytes.subarray(0, 4)).buffer).toBe(bytes.buffer);
    expect(valuesOverBytes("int16", Buffer.from(bytes.buffer, 1, 4))).toEqual(Int16Array.of(1, 2));
  });
  it("refuses a part of an element", () => {
    expect(() => valuesOverBytes("int32", new Uint8Array(6))).toThrow(/whole number of int32/);
  });
});

describe("allocateValues", () => {
  it("gives room for the units of every element", () => {
    expect(allocateValues("complex128", 3).length).toBe(3 * unitsPerElement("complex128"));
    expect(allocateValues("U4", 3).length).toBe(3 * unitsPerElement("U4"));
    expect(bytesOfValues(new Uint16Array([1, 2]).subarray(1))).toEqual(Uint8Array.of(2, 0));
  });
});
