import { damaged } from "./damaged.ts";

/** Bytes of the file's addresses and lengths ("size of offsets", "size of lengths" of the superblock). */
export interface FieldSizes {
  readonly offsetBytes: number;
  readonly lengthBytes: number;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Reads little-endian fields one after the other; a field past the end is damage, never a RangeError. Without a DataView:
 * a file has some hundred small structures, and making one costs as much as reading them.
 */
export class ByteCursor {
  readonly bytes: Uint8Array;
  position = 0;
  readonly #sizes: FieldSizes;

  constructor(bytes: Uint8Array, sizes: FieldSizes) {
    this.bytes = bytes;
    this.#sizes = sizes;
  }

  get remaining(): number {
    return this.bytes.length - this.position;
  }
  get sizes(): FieldSizes {
    return this.#sizes;
  }

  u8(): number {
    return this.bytes[this.#advance(1)] ?? 0;
  }
  u16(): number {
    const start = this.#advance(2);
    return (this.bytes[start] ?? 0) + 256 * (this.bytes[start + 1] ?? 0);
  }
  u32(): number {
    const start = this.#advance(4);
    const low = (this.bytes[start] ?? 0) + 256 * (this.bytes[start + 1] ?? 0);
    return low + 0x10000 * ((this.bytes[start + 2] ?? 0) + 256 * (this.bytes[start + 3] ?? 0));
  }
  /** An unsigned integer of 1 to 8 bytes. */
  uint(size: number): number {
    const start = this.#advance(size);
    let value = 0;
    for (let i = size - 1; i >= 0; i -= 1) value = value * 256 + (this.bytes[start + i] ?? 0);
    if (value > Number.MAX_SAFE_INTEGER)
      throw damaged(`a number of ${value} where a size or position belongs`);
    return value;
  }
  /** A file address, or undefined for the format's "undefined address" (all bits set). */
  address(): number | undefined {
    return this.#isAllSet(this.#sizes.offsetBytes) ? undefined : this.uint(this.#sizes.offsetBytes);
  }
  requiredAddress(what: string): number {
    const address = this.address();
    if (address === undefined) throw damaged(`${what} has no address`);
    return address;
  }
  length(): number {
    return this.uint(this.#sizes.lengthBytes);
  }
  /** A length where all bits set mean "unlimited": Infinity. */
  lengthOrUnlimited(): number {
    return this.#isAllSet(this.#sizes.lengthBytes) ? Number.POSITIVE_INFINITY : this.length();
  }
  take(size: number): Uint8Array {
    const start = this.#advance(size);
    return this.bytes.subarray(start, start + size);
  }
  skip(size: number): void {
    this.#advance(size);
  }
  /** To the next multiple of `unit`, counted from `start`; the last padding of a message may be missing. */
  align(unit: number, start = 0): void {
    const rest = (this.position - start) % unit;
    if (rest > 0) this.position = Math.min(this.bytes.length, this.position + unit - rest);
  }
  expect(signature: string): void {
    const found = decoded(this.take(4));
    if (found !== signature) throw damaged(`"${signature}" was expected, ${JSON.stringify(found)} came`);
  }
  /** Text of a field with a fixed size, up to its first NUL. */
  text(size: number): string {
    const field = this.take(size);
    const end = field.indexOf(0);
    return decoded(field, end < 0 ? field.length : end);
  }
  /** Text up to and past the next NUL. */
  zeroTerminated(): string {
    const end = this.bytes.indexOf(0, this.position);
    if (end < 0) throw damaged("a name does not end");
    const text = decoded(this.bytes.subarray(this.position, end));
    this.position = end + 1;
    return text;
  }

  #advance(size: number): number {
    const start = this.position;
    if (size < 0 || start + size > this.bytes.length) {
      throw damaged(`a structure ends after ${this.bytes.length} bytes, ${start + size} are needed`);
    }
    this.position = start + size;
    return start;
  }
  #isAllSet(size: number): boolean {
    const start = this.#advance(size);
    this.position = start;
    for (let i = start; i < start + size; i += 1) if (this.bytes[i] !== 0xff) return false;
    this.position = start + size;
    return true;
  }
}

/** Names are short and have no accents: the decoder costs several times as much for them. */
const MAX_PLAIN_BYTES = 32;

function decoded(bytes: Uint8Array, length = bytes.length): string {
  let text = "";
  for (let at = 0; at < length && length <= MAX_PLAIN_BYTES; at += 1) {
    const byte = bytes[at] ?? 0;
    if (byte >= 0x80) return decoder.decode(bytes.subarray(0, length));
    text += String.fromCharCode(byte);
  }
  return length <= MAX_PLAIN_BYTES ? text : decoder.decode(bytes.subarray(0, length));
}
