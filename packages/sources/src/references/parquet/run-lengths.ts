import { damagedSet } from "../reference.ts";
import type { ByteCursor } from "./byte-cursor.ts";

const MAX_BIT_WIDTH = 32;

/**
 * Parquet's hybrid of run lengths and bit-packed numbers: fills `output`, and reads no further than that takes.
 * @see https://parquet.apache.org/docs/file-format/data-pages/encodings/#RLE
 */
export function readRuns(cursor: ByteCursor, bitWidth: number, output: Int32Array): void {
  if (bitWidth > MAX_BIT_WIDTH) throw damagedSet(`a Parquet file has numbers of ${bitWidth} bits`);
  let at = 0;
  while (at < output.length) {
    const head = cursor.varint();
    const count = Math.floor(head / 2);
    if (head % 2 === 1) {
      const end = Math.min(output.length, at + 8 * count);
      readPacked(cursor, bitWidth, output.subarray(at, end), count * bitWidth);
      at = end;
    } else {
      const end = Math.min(output.length, at + count);
      output.fill(readWhole(cursor, bitWidth), at, end);
      at = end;
    }
    if (count === 0 && cursor.left === 0) throw damagedSet("a page of a Parquet file ends too early");
  }
}

function readWhole(cursor: ByteCursor, bitWidth: number): number {
  let value = 0;
  for (let bits = 0; bits < bitWidth; bits += 8) value |= cursor.byte() << bits;
  return value;
}

/** The last group of eight may be cut where its numbers are not needed. */
function readPacked(cursor: ByteCursor, bitWidth: number, output: Int32Array, byteLength: number): void {
  const needed = Math.ceil((output.length * bitWidth) / 8);
  const bytes = cursor.take(Math.max(needed, Math.min(byteLength, cursor.left)));
  for (let position = 0; position < output.length; position += 1) {
    let value = 0;
    for (let bit = 0, from = position * bitWidth; bit < bitWidth; ) {
      const offset = (from + bit) & 7;
      const width = Math.min(8 - offset, bitWidth - bit);
      value |= (((bytes[(from + bit) >> 3] ?? 0) >> offset) & ((1 << width) - 1)) << bit;
      bit += width;
    }
    output[position] = value;
  }
}
