import { shuffledBytes, unshuffleInto } from "./byte-shuffle.ts";

/**
 * Blosc's bitshuffle: plane `8·byte + bit` holds that bit of every element, eight elements a byte. A block whose number
 * of elements is not a multiple of eight is left as it is.
 */
export function bitShuffledBytes(bytes: Uint8Array, elementSize: number): Uint8Array {
  const count = Math.floor(bytes.length / elementSize);
  if (count % 8 !== 0) return bytes;
  const planes = shuffledBytes(bytes, elementSize);
  const result = new Uint8Array(planes);
  const rowBytes = count / 8;
  for (let plane = 0; plane < elementSize; plane += 1) {
    const start = plane * count;
    for (let group = 0; group < rowBytes; group += 1) {
      transpose8(planes, start + 8 * group, 1, result, start + group, rowBytes);
    }
  }
  return result;
}

/** Writes the inverse of `bitShuffledBytes` into a part of a buffer that is as long as the bytes. */
export function bitUnshuffleInto(bytes: Uint8Array, target: Uint8Array, elementSize: number): void {
  const count = Math.floor(bytes.length / elementSize);
  if (count % 8 !== 0) {
    target.set(bytes);
    return;
  }
  const planes = new Uint8Array(bytes);
  const rowBytes = count / 8;
  for (let plane = 0; plane < elementSize; plane += 1) {
    const start = plane * count;
    for (let group = 0; group < rowBytes; group += 1) {
      transpose8(bytes, start + group, rowBytes, planes, start + 8 * group, 1);
    }
  }
  unshuffleInto(planes, target, elementSize);
}

/**
 * Transposes an 8×8 matrix of bits: bit j of input byte i becomes bit i of output byte j.
 * @see Warren, Hacker's Delight §7-3, with the lowest bit first
 */
function transpose8(
  input: Uint8Array,
  inputAt: number,
  inputStep: number,
  output: Uint8Array,
  outputAt: number,
  outputStep: number,
): void {
  let low =
    (input[inputAt] ?? 0) |
    ((input[inputAt + inputStep] ?? 0) << 8) |
    ((input[inputAt + 2 * inputStep] ?? 0) << 16) |
    ((input[inputAt + 3 * inputStep] ?? 0) << 24);
  let high =
    (input[inputAt + 4 * inputStep] ?? 0) |
    ((input[inputAt + 5 * inputStep] ?? 0) << 8) |
    ((input[inputAt + 6 * inputStep] ?? 0) << 16) |
    ((input[inputAt + 7 * inputStep] ?? 0) << 24);
  let swap = (low ^ (low >>> 7)) & 0x00aa00aa;
  low ^= swap ^ (swap << 7);
  swap = (high ^ (high >>> 7)) & 0x00aa00aa;
  high ^= swap ^ (swap << 7);
  swap = (low ^ (low >>> 14)) & 0x0000cccc;
  low ^= swap ^ (swap << 14);
  swap = (high ^ (high >>> 14)) & 0x0000cccc;
  high ^= swap ^ (swap << 14);
  const first = (low & 0x0f0f0f0f) | ((high << 4) & 0xf0f0f0f0);
  const second = ((low >>> 4) & 0x0f0f0f0f) | (high & 0xf0f0f0f0);
  output[outputAt] = first;
  output[outputAt + outputStep] = first >>> 8;
  output[outputAt + 2 * outputStep] = first >>> 16;
  output[outputAt + 3 * outputStep] = first >>> 24;
  output[outputAt + 4 * outputStep] = second;
  output[outputAt + 5 * outputStep] = second >>> 8;
  output[outputAt + 6 * outputStep] = second >>> 16;
  output[outputAt + 7 * outputStep] = second >>> 24;
}
