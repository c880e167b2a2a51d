/** Where the higher half of a 64-bit integer lies in this machine's memory, 0 or 1. */
export const HIGH_HALF = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0;
export const HALF = 0x1_0000_0000;

/** 64-bit integers of whole numbers, written half by half: a bigint for each of a million times would hold others up. */
export function wholeNumbers(count: number, numberAt: (position: number) => number): BigInt64Array {
  const values = new BigInt64Array(count);
  const [high, low] = [new Int32Array(values.buffer), new Uint32Array(values.buffer)];
  for (let position = 0; position < count; position += 1) {
    const number = numberAt(position);
    if (!Number.isSafeInteger(number)) {
      values[position] = BigInt(number);
      continue;
    }
    const upper = Math.floor(number / HALF);
    high[2 * position + HIGH_HALF] = upper;
    low[2 * position + 1 - HIGH_HALF] = number - upper * HALF;
  }
  return values;
}
