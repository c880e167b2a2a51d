const CLEAR = 256;
const END = 257;
const FIRST_BITS = 9;
const CODE_LIMIT = 4096;
/** Slots of the dictionary; a power of two, about twice as many as there are codes. */
const SLOTS = 8192;
const SLOT_SHIFT = 32 - 13;

/** Each: the code before and the byte after it in 20 bits, their own code in 12; 0 where none is. */
const dictionary = new Int32Array(SLOTS);
let output = new Uint8Array(0);

/**
 * Bytes as codes of 9 to 12 bits, the lowest bit first (GIF89a appendix F). The result is good until the next call: its memory is used
 * again.
 */
export function compressed(indexes: Uint8Array): Uint8Array {
  // no code stands for less than a byte, and the longest has 12 bits
  const most = 2 * indexes.length + 64;
  if (output.length < most) output = new Uint8Array(most);
  const out = output;
  const known = dictionary.fill(0);
  let [to, word, filled] = [0, CLEAR, FIRST_BITS];
  let [next, bits] = [END + 1, FIRST_BITS];
  let prefix = indexes[0] ?? 0;
  for (let at = 1; at < indexes.length; at += 1) {
    const index = indexes[at] as number; // at < length
    const key = (prefix << 8) | index;
    let slot = Math.imul(key, 0x9e3779b1) >>> SLOT_SHIFT;
    let entry = known[slot] as number; // one of the slots
    while (entry !== 0 && entry >>> 12 !== key) {
      slot = (slot + 1) & (SLOTS - 1);
      entry = known[slot] as number; // one of the slots
    }
    if (entry !== 0) {
      prefix = entry & (CODE_LIMIT - 1);
      continue;
    }
    word |= prefix << filled;
    for (filled += bits; filled >= 8; filled -= 8) {
      out[to] = word;
      to += 1;
      word >>>= 8;
    }
    prefix = index;
    if (next < CODE_LIMIT) {
      known[slot] = (key << 12) | next;
      if (next === 1 << bits) bits += 1;
      next += 1;
      continue;
    }
    word |= CLEAR << filled;
    for (filled += bits; filled >= 8; filled -= 8) {
      out[to] = word;
      to += 1;
      word >>>= 8;
    }
    known.fill(0);
    [next, bits] = [END + 1, FIRST_BITS];
  }
  const last = next === 1 << bits && bits < 12 ? bits + 1 : bits;
  return out.subarray(
    0,
    finish(out, to, { word, filled }, [
      [prefix, bits],
      [END, last],
    ]),
  );
}

type Code = readonly [code: number, bits: number];

/** The last codes, and the rest of their last byte; gives the length of all. */
function finish(
  out: Uint8Array,
  start: number,
  { word, filled }: { readonly word: number; readonly filled: number },
  codes: readonly Code[],
): number {
  let [to, rest, count] = [start, word, filled];
  for (const [code, bits] of codes) {
    rest |= code << count;
    for (count += bits; count >= 8; count -= 8) {
      out[to] = rest;
      to += 1;
      rest >>>= 8;
    }
  }
  if (count === 0) return to;
  out[to] = rest;
  return to + 1;
}
