import { damagedSet } from "../reference.ts";

/** Walks over bytes and never past their end. */
export class ByteCursor {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  offset: number;

  constructor(bytes: Uint8Array, offset = 0) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.offset = offset;
  }

  get left(): number {
    return this.bytes.length - this.offset;
  }

  byte(): number {
    return this.bytes[this.#skip(1)] ?? 0; // #skip has seen that it is there
  }

  /** A view, not a copy. */
  take(length: number): Uint8Array {
    const start = this.#skip(length);
    return this.bytes.subarray(start, start + length);
  }

  uint32(): number {
    return this.#view.getUint32(this.#skip(4), true);
  }

  int32(): number {
    return this.#view.getInt32(this.#skip(4), true);
  }

  /** Exact below 2^53, which offsets in files are. */
  int64(): number {
    const start = this.#skip(8);
    return this.#view.getInt32(start + 4, true) * 2 ** 32 + this.#view.getUint32(start, true);
  }

  float64(): number {
    return this.#view.getFloat64(this.#skip(8), true);
  }

  /** Unsigned LEB128; exact below 2^53. */
  varint(): number {
    let result = 0;
    for (let scale = 1; scale < 2 ** 70; scale *= 128) {
      const byte = this.byte();
      result += (byte & 0x7f) * scale;
      if (byte < 0x80) return result;
    }
    throw damagedSet("a number in a Parquet file has no end");
  }

  skip(length: number): void {
    this.#skip(length);
  }

  #skip(length: number): number {
    const start = this.offset;
    if (!(length >= 0 && length <= this.bytes.length - start))
      throw damagedSet("a Parquet file is truncated");
    this.offset = start + length;
    return start;
  }
}
