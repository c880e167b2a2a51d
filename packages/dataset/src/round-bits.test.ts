import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { roundedBits } from "./round-bits.ts";

interface Row {
  readonly dtype: "float16" | "float32" | "float64";
  readonly keepBits: number;
  /** Words of the floats, hexadecimal. */
  readonly values: readonly string[];
  readonly rounded: readonly string[];
}

const TABLE = JSON.parse(
  readFileSync(join(import.meta.dirname, "../fixtures/bitround.json"), "utf8"),
) as Row[]; // written beside it by write-bitround.py

type Floats = Float16Array | Float32Array | Float64Array;

/** Hexadecimal words as floats and back. */
const KINDS = {
  float16: {
    floats: (words: readonly bigint[]): Floats =>
      new Float16Array(Uint16Array.from(words.map(Number)).buffer),
    words: (buffer: ArrayBuffer) => Array.from(new Uint16Array(buffer), (word) => word.toString(16)),
  },
  float32: {
    floats: (words: readonly bigint[]): Floats =>
      new Float32Array(Uint32Array.from(words.map(Number)).buffer),
    words: (buffer: ArrayBuffer) => Array.from(new Uint32Array(buffer), (word) => word.toString(16)),
  },
  float64: {
    floats: (words: readonly bigint[]): Floats => new Float64Array(BigUint64Array.from(words).buffer),
    words: (buffer: ArrayBuffer) => Array.from(new BigUint64Array(buffer), (word) => word.toString(16)),
  },
};

function floatsOf({ dtype }: Row, words: readonly string[]): Floats {
  return KINDS[dtype].floats(words.map((word) => BigInt(`0x${word}`)));
}

function wordsOf({ dtype }: Row, values: unknown): string[] {
  return KINDS[dtype].words((values as Floats).buffer as ArrayBuffer); // made above or by roundedBits
}

describe("roundedBits", () => {
  it.each(TABLE)("gives numcodecs' bits: $dtype, $keepBits kept", (row) => {
    const values = floatsOf(row, row.values);
    expect(wordsOf(row, roundedBits(values, row.keepBits))).toEqual(row.rounded);
    expect(wordsOf(row, values)).toEqual(row.values);
  });

  it("leaves missing values alone, so that they are still found", () => {
    const values = Float32Array.of(1e20, 1.2345678, -32767.5, Number.NaN);
    const result = roundedBits(values, 3, [1e20, -32767.5]);
    expect(result).toEqual(Float32Array.of(1e20, 1.25, -32767.5, Number.NaN));
    expect(roundedBits(Float64Array.of(1e20, 1.2345678), 3, [1e20])).toEqual(Float64Array.of(1e20, 1.25));
    expect(roundedBits(Float16Array.of(999, 1.234), 3, [999])).toEqual(Float16Array.of(999, 1.25));
  });

  it("changes nothing twice, and only floats", () => {
    const once = roundedBits(Float64Array.of(0.1, 1 / 3, 12345.678), 11);
    expect(roundedBits(once, 11)).toEqual(once);
    const integers = Int16Array.of(1, 2, 3);
    expect(roundedBits(integers, 1)).toBe(integers);
  });
});
