import { describe, expect, it } from "vitest";
import { significant, unpadIntegers } from "./significant-bits.ts";

describe("padded integers", () => {
  it("are the named bits, extended by their highest where they have a sign", () => {
    expect(significant(0xf7n, { offset: 1, precision: 4, signed: true })).toBe(-5n);
    expect(significant(0xf7n, { offset: 1, precision: 4, signed: false })).toBe(11n);
    expect(significant(-2n, { offset: 1, precision: 63, signed: true })).toBe(-1n);
  });

  it.each([
    [Int8Array.of(-9, 0x57), { offset: 1, precision: 4, signed: true }],
    [Uint16Array.of(0xfff7, 0x1257), { offset: 2, precision: 9, signed: false }],
    [Int32Array.of(-4, 0x12345657), { offset: 1, precision: 31, signed: true }],
    [Uint32Array.of(0xffffffff, 5), { offset: 0, precision: 31, signed: false }],
    [BigInt64Array.of(-9n, 0x1234565700000057n), { offset: 3, precision: 40, signed: true }],
    [BigUint64Array.of(2n ** 64n - 1n, 6n), { offset: 1, precision: 63, signed: false }],
  ])("are the same in a whole array: %o %o", (array, integer) => {
    const expected = [...array].map((value) => significant(BigInt(value), integer));
    const found = unpadIntegers(array, integer) as typeof array; // in place
    expect([...found].map(BigInt)).toEqual(expected);
  });
});
