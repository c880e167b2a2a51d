import type { DataType } from "./data-type.ts";
import type { Values } from "./values.ts";

/** Bits of the mantissa that are stored, of the types that can be rounded. */
export const MANTISSA_BITS: Readonly<Partial<Record<DataType, number>>> = {
  float16: 10,
  float32: 23,
  float64: 52,
};

/**
 * A copy of floats whose mantissas are rounded to `keepBits` bits, half to even, so that the bits behind are zero; the
 * values themselves where there is nothing to round. NaN and infinities stay, and so does every element that equals one
 * of `kept`. Otherwise the bits that numcodecs' BitRound gives: what rounds up beyond the largest float is infinite.
 * @param kept values that mean "missing": they must still be equal afterwards
 * @see Klöwer et al. 2021, https://doi.org/10.1038/s43588-021-00156-2
 */
export function roundedBits(values: Values, keepBits: number, kept: readonly number[] = []): Values {
  if (values instanceof Float32Array) return keepBits >= 23 ? values : rounded32(values, keepBits, kept);
  if (values instanceof Float64Array) return keepBits >= 52 ? values : rounded64(values, keepBits, kept);
  if (values instanceof Float16Array) return keepBits >= 10 ? values : rounded16(values, keepBits, kept);
  return values;
}

function rounded32(values: Float32Array, keepBits: number, kept: readonly number[]): Float32Array {
  const dropped = 23 - keepBits;
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const result = new Uint32Array(values.length);
  const half = 2 ** (dropped - 1) - 1;
  const missing = new Set(new Uint32Array(Float32Array.from(kept).buffer));
  for (let at = 0; at < result.length; at += 1) {
    const word = words[at] ?? 0;
    const isSpecial = (word & 0x7f80_0000) === 0x7f80_0000 || (missing.size > 0 && missing.has(word));
    result[at] = isSpecial ? word : ((word + ((word >>> dropped) & 1) + half) >>> dropped) << dropped;
  }
  return new Float32Array(result.buffer);
}

function rounded16(values: Float16Array, keepBits: number, kept: readonly number[]): Float16Array {
  const dropped = 10 - keepBits;
  const words = new Uint16Array(values.buffer, values.byteOffset, values.length);
  const result = new Uint16Array(values.length);
  const half = 2 ** (dropped - 1) - 1;
  const missing = new Set(new Uint16Array(Float16Array.from(kept).buffer));
  for (let at = 0; at < result.length; at += 1) {
    const word = words[at] ?? 0;
    const isSpecial = (word & 0x7c00) === 0x7c00 || missing.has(word);
    result[at] = isSpecial ? word : ((word + ((word >>> dropped) & 1) + half) >>> dropped) << dropped;
  }
  return new Float16Array(result.buffer);
}

/** In halves of 32 bits: bigints take twenty times as long. */
function rounded64(values: Float64Array, keepBits: number, kept: readonly number[]): Float64Array {
  const dropped = 52 - keepBits;
  const words = new Uint32Array(values.buffer, values.byteOffset, 2 * values.length);
  const result = new Float64Array(values);
  const halves = new Uint32Array(result.buffer);
  const missing = new Set(kept);
  const round = dropped > 32 ? roundHigh : dropped === 32 ? dropLow : roundLow;
  for (let at = 0; at < values.length; at += 1) {
    const high = words[2 * at + 1] ?? 0;
    if ((high & 0x7ff0_0000) === 0x7ff0_0000 || (missing.size > 0 && missing.has(values[at] ?? 0))) continue;
    round(halves, 2 * at, dropped);
  }
  return result;
}

type RoundHalves = (halves: Uint32Array, low: number, dropped: number) => void;

const WORD = 2 ** 32;

/** All of the low half goes, and a part of the high one: the low half only breaks the tie. */
const roundHigh: RoundHalves = (halves, low, dropped) => {
  const bits = dropped - 32;
  const high = halves[low + 1] ?? 0;
  // low + (2³² − 1) carries exactly where low > 0
  const carry = (halves[low] ?? 0) > 0 ? 1 : 0;
  const odd = (high >>> bits) & 1;
  // half − 1 over both halves is (2^(bits−1) − 1) above 2³² − 1; odd is added at the very bottom
  const carryOfOdd = odd === 1 ? 1 : carry;
  halves[low + 1] = ((high + 2 ** (bits - 1) - 1 + carryOfOdd) >>> bits) << bits;
  halves[low] = 0;
};

const dropLow: RoundHalves = (halves, low) => {
  const value = halves[low] ?? 0;
  const high = halves[low + 1] ?? 0;
  halves[low + 1] = high + (value + (high & 1) + (WORD / 2 - 1) >= WORD ? 1 : 0);
  halves[low] = 0;
};

const roundLow: RoundHalves = (halves, low, dropped) => {
  const value = halves[low] ?? 0;
  const odd = (value >>> dropped) & 1;
  const sum = value + odd + 2 ** (dropped - 1) - 1;
  if (sum >= WORD) halves[low + 1] = (halves[low + 1] ?? 0) + 1;
  halves[low] = ((sum >>> 0) >>> dropped) << dropped;
};
