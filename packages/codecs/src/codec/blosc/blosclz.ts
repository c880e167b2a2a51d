import { GatewayError } from "@zarr-gateway/primitives";

const FAR = 8191;
const MIN_MATCH = 4;
const MAX_LITERALS = 32;
const HASH_BITS = 14;

/**
 * BloscLZ, a descendant of FastLZ: literal runs (`000nnnnn`, n+1 bytes) and matches (3 bits of length, 13 bits of distance,
 * escapes for longer ones).
 * @throws GatewayError upstream when the stream is damaged or longer than `size`
 */
export function decodeBloscLz(bytes: Uint8Array, size: number): Uint8Array {
  const result = new Uint8Array(size);
  const damaged = (): never => {
    throw new GatewayError("upstream", "a BloscLZ stream is damaged");
  };
  let at = 0;
  let out = 0;
  const next = (): number => bytes[at++] ?? damaged();
  let control = next() & 31; // the high bits of the first byte once were a level
  for (;;) {
    if (control < 32) {
      const end = at + control + 1;
      if (end > bytes.length || out + control + 1 > size) damaged();
      result.set(bytes.subarray(at, end), out);
      out += control + 1;
      at = end;
    } else {
      let length = (control >> 5) + 2;
      if (length === 9) {
        let more = 255;
        while (more === 255) {
          more = next();
          length += more;
        }
      }
      const low = next();
      let distance = ((control & 31) << 8) + low + 1;
      if (distance === FAR + 1) distance = FAR + 1 + (next() << 8) + next();
      if (distance > out || out + length > size) damaged();
      copyMatch(result, out, distance, length);
      out += length;
    }
    if (at >= bytes.length) return out === size ? result : damaged();
    control = next();
  }
}

function copyMatch(result: Uint8Array, out: number, distance: number, length: number): void {
  if (distance >= length) result.copyWithin(out, out - distance, out - distance + length);
  else if (distance === 1) result.fill(result[out - 1] ?? 0, out, out + length);
  else for (let step = 0; step < length; step += 1) result[out + step] = result[out + step - distance] ?? 0;
}

/** The stream, or undefined where it would not be shorter than the bytes. */
export function encodeBloscLz(bytes: Uint8Array): Uint8Array | undefined {
  const result = new Uint8Array(bytes.length);
  const seen = new Int32Array(1 << HASH_BITS).fill(-1);
  let out = 0;
  let literals = 0;
  const flush = (end: number): void => {
    for (let start = literals; start < end; start += MAX_LITERALS) {
      const run = Math.min(MAX_LITERALS, end - start);
      result[out] = run - 1;
      if (out + 1 + run <= result.length) result.set(bytes.subarray(start, start + run), out + 1);
      out += 1 + run;
    }
  };
  let at = 1; // a stream starts with a literal
  const last = bytes.length - 12; // and ends with literals
  while (at < last && out < result.length) {
    const hash = hashOf(bytes, at);
    const candidate = seen[hash] ?? -1;
    seen[hash] = at;
    const length = candidate >= 0 && at - candidate <= FAR ? matchLength(bytes, candidate, at, last) : 0;
    if (length < MIN_MATCH) {
      at += 1;
      continue;
    }
    flush(at);
    out = writeMatch(result, out, at - candidate - 1, length);
    at += length;
    literals = at;
  }
  flush(bytes.length);
  return out < bytes.length ? result.subarray(0, out) : undefined;
}

function hashOf(bytes: Uint8Array, at: number): number {
  const word =
    (bytes[at] ?? 0) |
    ((bytes[at + 1] ?? 0) << 8) |
    ((bytes[at + 2] ?? 0) << 16) |
    ((bytes[at + 3] ?? 0) << 24);
  return Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS);
}

function matchLength(bytes: Uint8Array, candidate: number, at: number, last: number): number {
  let length = 0;
  while (at + length < last && bytes[candidate + length] === bytes[at + length]) length += 1;
  return length;
}

/** @param distance less one, below the escape for far matches */
function writeMatch(result: Uint8Array, start: number, distance: number, length: number): number {
  let out = start;
  if (length < 9) {
    result[out++] = ((length - 2) << 5) | (distance >> 8);
  } else {
    result[out++] = (7 << 5) | (distance >> 8);
    let rest = length - 9;
    for (; rest >= 255; rest -= 255) result[out++] = 255;
    result[out++] = rest;
  }
  result[out++] = distance & 255;
  return out;
}
