import type { Values } from "@zarr-gateway/dataset";

/** Which bits of a padded integer are the number, and whether the highest of them is its sign. */
export interface PaddedInteger {
  readonly offset: number;
  readonly precision: number;
  readonly signed: boolean;
}

/** The number in a padded integer of at most 64 bits. */
export function significant(stored: bigint, { offset, precision, signed }: PaddedInteger): bigint {
  const shifted = stored >> BigInt(offset);
  return signed ? BigInt.asIntN(precision, shifted) : BigInt.asUintN(precision, shifted);
}

/** The numbers in padded integers of one type, in place. Values that are no integers stay as they are. */
export function unpadIntegers(values: Values, integer: PaddedInteger): Values {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    for (const [i, value] of values.entries()) values[i] = significant(value, integer);
    return values;
  }
  if (!ArrayBuffer.isView(values)) return values;
  // of 32 bits at most: the number is moved to the upper end of a word, which drops what lies above, and back
  const up = 32 - integer.offset - integer.precision;
  const down = 32 - integer.precision;
  for (const [i, value] of values.entries()) {
    values[i] = integer.signed ? (Number(value) << up) >> down : (Number(value) << up) >>> down;
  }
  return values;
}
