/** Where in its sequence a Philox generator stands: four words of 32 bits. */
export type PhiloxWords = Uint32Array;

const ROUNDS = 10;
const MULTIPLIER_0_HIGH = 0xd251;
const MULTIPLIER_0_LOW = 0x1f53;
const MULTIPLIER_0 = 0xd2511f53;
const MULTIPLIER_1_HIGH = 0xcd9e;
const MULTIPLIER_1_LOW = 0x8d57;
const MULTIPLIER_1 = 0xcd9e8d57;
const WEYL_0 = 0x9e3779b9;
const WEYL_1 = 0xbb67ae85;

/**
 * Four random words for a counter and a key: Philox4x32-10. It has no state, so that any number of a sequence can be had
 * alone and everywhere.
 * @param words counter, replaced by the result
 * @see Salmon et al. 2011, Parallel random numbers: as easy as 1, 2, 3 (SC11)
 */
export function philox(words: PhiloxWords, key0: number, key1: number): void {
  let [a = 0, b = 0, c = 0, d = 0] = [words[0], words[1], words[2], words[3]];
  let k0 = key0 | 0;
  let k1 = key1 | 0;
  for (let round = 0; round < ROUNDS; round++) {
    const high0 = multiplyHigh(MULTIPLIER_0_HIGH, MULTIPLIER_0_LOW, a);
    const high1 = multiplyHigh(MULTIPLIER_1_HIGH, MULTIPLIER_1_LOW, c);
    const low0 = Math.imul(MULTIPLIER_0, a);
    const low1 = Math.imul(MULTIPLIER_1, c);
    a = high1 ^ b ^ k0;
    b = low1;
    c = high0 ^ d ^ k1;
    d = low0;
    k0 = (k0 + WEYL_0) | 0;
    k1 = (k1 + WEYL_1) | 0;
  }
  words[0] = a;
  words[1] = b;
  words[2] = c;
  words[3] = d;
}

/** The upper 32 bits of a product of two numbers of 32 bits, by halves: a product itself is not exact in a double. */
function multiplyHigh(high: number, low: number, factor: number): number {
  const factorLow = factor & 0xffff;
  const factorHigh = factor >>> 16;
  const lowest = Math.imul(low, factorLow) >>> 16;
  const middle = (Math.imul(high, factorLow) + lowest) >>> 0;
  const other = (Math.imul(low, factorHigh) + (middle & 0xffff)) >>> 0;
  return (Math.imul(high, factorHigh) + (middle >>> 16) + (other >>> 16)) | 0;
}
