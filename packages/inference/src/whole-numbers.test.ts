import { describe, expect, it } from "vitest";
import { wholeNumbers } from "./whole-numbers.ts";

describe("wholeNumbers", () => {
  it("are the same as one bigint after the other", () => {
    const numbers = [
      0,
      -0,
      1,
      -1,
      2 ** 31,
      2 ** 32 - 1,
      2 ** 32,
      -(2 ** 32),
      -(2 ** 33) - 5,
      2 ** 53 - 1,
      1 - 2 ** 53,
      2 ** 60,
    ];
    const values = wholeNumbers(numbers.length, (position) => numbers[position] ?? 0);
    expect([...values]).toEqual(numbers.map(BigInt));
  });

  it("takes no fractions", () => {
    expect(() => wholeNumbers(1, () => 0.5)).toThrow(RangeError);
    expect(() => wholeNumbers(1, () => Number.NaN)).toThrow(RangeError);
  });
});
