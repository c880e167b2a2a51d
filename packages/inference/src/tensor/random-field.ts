import { createHash } from "node:crypto";
import { philox } from "./philox.ts";

/** Key of a sequence of random numbers: the first 64 bits of a hash, as two words. */
export type RandomKey = readonly [number, number];

/** Which of the fields of a key, both 32 bits: for example number of the channel and time. */
export type FieldNumber = readonly [number, number];

/** The key for these words: the first 8 bytes of the SHA-256 of the words joined by newlines, two little-endian words. */
export function randomKey(words: readonly (string | number)[]): RandomKey {
  const hash = createHash("sha256").update(words.join("\n")).digest();
  return [hash.readUInt32LE(0), hash.readUInt32LE(4)];
}

/**
 * Numbers from [0, 1): number 4b + i is word i of Philox with counter (b, field, 0), its upper 24 bits over 2^24.
 * @param values is filled
 */
export function fillUniform(values: Float32Array, key: RandomKey, field: FieldNumber): void {
  const words = new Uint32Array(4);
  for (let at = 0, block = 0; at < values.length; block++) {
    startBlock(words, block, field);
    philox(words, key[0], key[1]);
    for (let word = 0; word < 4 && at < values.length; word++) values[at++] = (words[word]! >>> 8) * 2 ** -24;
  }
}

/**
 * Numbers from the normal distribution N(0, 1): words (0, 1) and (2, 3) of each block make two each by Box and Muller's
 * method, radius √(−2 ln((w0 + ½)/2³²)), angle 2π·w1/2³², cosine first. Only +, −, ×, ÷ and √ of doubles are used, which
 * give the same bits on every machine, while `Math.log` and `Math.sin` need not.
 * @param values is filled
 */
export function fillNormal(values: Float32Array, key: RandomKey, field: FieldNumber): void {
  const words = new Uint32Array(4);
  for (let at = 0, block = 0; at < values.length; block++) {
    startBlock(words, block, field);
    philox(words, key[0], key[1]);
    for (let word = 0; word < 4; word += 2) {
      const radius = Math.sqrt(-2 * logOfShare(words[word]!));
      const quarters = words[word + 1]! * 2 ** -30; // of a turn
      const nearest = Math.floor(quarters + 0.5);
      const angle = (quarters - nearest) * (Math.PI / 2);
      const cosine = smallCosine(angle);
      const sine = smallSine(angle);
      const isTurned = (nearest & 1) === 1;
      const isBehind = (nearest & 2) === 2;
      const x = isTurned ? -sine : cosine;
      const y = isTurned ? cosine : sine;
      // writes past the end of a typed array are no-ops
      values[at++] = radius * (isBehind ? -x : x);
      values[at++] = radius * (isBehind ? -y : y);
    }
  }
}

function startBlock(words: Uint32Array, block: number, [first, second]: FieldNumber): void {
  words[0] = block;
  words[1] = first;
  words[2] = second;
  words[3] = 0;
}

/** ln((word + ½)/2³²): by the series of artanh, whose argument is at most 0.172. */
function logOfShare(word: number): number {
  let exponent = 31 - Math.clz32(word); // −1 for 0, which is ½
  let mantissa = (word + 0.5) / 2 ** exponent;
  if (mantissa > Math.SQRT2) {
    mantissa /= 2;
    exponent += 1;
  }
  const s = (mantissa - 1) / (mantissa + 1);
  const z = s * s;
  let sum = 1 / 21;
  for (let odd = 19; odd >= 1; odd -= 2) sum = sum * z + 1 / odd;
  return (exponent - 32) * Math.LN2 + 2 * s * sum;
}

/** Taylor's series for |angle| ≤ π/4, to the last bit but one. */
function smallSine(angle: number): number {
  const z = angle * angle;
  let sum = 1;
  for (let k = 16; k >= 2; k -= 2) sum = 1 - (sum * z) / (k * (k + 1));
  return angle * sum;
}

function smallCosine(angle: number): number {
  const z = angle * angle;
  let sum = 1;
  for (let k = 17; k >= 1; k -= 2) sum = 1 - (sum * z) / (k * (k + 1));
  return sum;
}
