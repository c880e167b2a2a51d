import { describe, expect, it } from "vitest";
import { isAllFill } from "./all-fill.ts";

describe("isAllFill", () => {
  it.each([
    ["float32", Float32Array.of(Number.NaN, Number.NaN), Number.NaN, true],
    ["float32", Float32Array.of(Number.NaN, 1), Number.NaN, false],
    ["float64", Float64Array.of(0, 0), 0, true],
    ["float64", Float64Array.of(0, -0), 0, false],
    ["float64", Float64Array.of(-0, -0), -0, true],
    ["float16", Float16Array.of(1.5, 1.5), 1.5, true],
    ["complex64", Float32Array.of(1, Number.NaN, 1, Number.NaN), [1, Number.NaN], true],
    ["complex64", Float32Array.of(1, 2, 1, 3), [1, 2], false],
    ["int64", BigInt64Array.of(5n, 5n, 5n), 5n, true],
    ["int64", BigInt64Array.of(5n, 5n, 6n), 5n, false],
    ["bool", Uint8Array.of(1, 1), true, true],
    ["U2", Uint8Array.of(65, 0, 0, 0, 0, 0, 0, 0), "A", true],
    ["S2", Uint8Array.of(65, 0, 65, 66), Uint8Array.of(65), false],
    ["string", ["a", "a"], "a", true],
    ["string", ["a", "b"], "a", false],
    ["float32", Float32Array.of(0, 0), null, false],
  ] as const)("of %s %s with fill %s is %s%s", (dtype, values, fill, expected) => {
    expect(isAllFill(dtype, values, fill)).toBe(expected);
  });
});
