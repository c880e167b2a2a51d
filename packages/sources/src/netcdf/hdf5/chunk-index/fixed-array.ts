import type { CallOptions } from "@zarr-gateway/primitives";
import type { ByteCursor } from "../byte-cursor.ts";
import { CHECKSUM_BYTES } from "../checksum.ts";
import type { ChunkEntry } from "../chunk-table.ts";
import { damaged } from "../damaged.ts";
import { addEntries, entryBytes, type IndexContext, type IndexVisitor, readEntry } from "./index-context.ts";

interface FixedArray {
  readonly width: number;
  readonly count: number;
  /** Elements of a page. */
  readonly perPage: number;
  readonly block: number;
  /** Bytes of the block before the elements, or before the bit map of pages where there are pages. */
  readonly prefix: number;
}
const hasPages = ({ count, perPage }: FixedArray): boolean => count > perPage;
const mapBytes = ({ count, perPage }: FixedArray): number => Math.ceil(Math.ceil(count / perPage) / 8);

/** At the first element of a page, or of all where there are no pages. */
async function openElements(
  { file }: IndexContext,
  array: FixedArray,
  page: number,
  options: CallOptions,
): Promise<ByteCursor> {
  const { block, prefix, count, perPage, width } = array;
  if (!hasPages(array)) {
    const cursor = await file.checked(block, prefix + count * width, options);
    cursor.skip(prefix);
    return cursor;
  }
  const start = block + prefix + mapBytes(array) + CHECKSUM_BYTES;
  const elements = Math.min(perPage, count - page * perPage);
  return file.checked(start + page * (perPage * width + CHECKSUM_BYTES), elements * width, options);
}

/** Which pages were ever written. */
async function readPageMap(
  { file }: IndexContext,
  array: FixedArray,
  options: CallOptions,
): Promise<Uint8Array> {
  const { block, prefix } = array;
  return (await file.checked(block, prefix + mapBytes(array), options)).bytes.subarray(prefix);
}

/** The index of datasets that cannot grow. @see HDF5 File Format Specification 3.0, VII.D */
export async function readFixedArray(
  visitor: IndexVisitor,
  address: number,
  options: CallOptions,
): Promise<void> {
  const array = await openArray(visitor, address, options);
  if (!array) return;
  const { count, perPage } = array;
  if (!hasPages(array)) return addEntries(visitor, await openElements(visitor, array, 0, options), 0, count);
  const written = await readPageMap(visitor, array, options);
  for (let page = 0; page * perPage < count; page += 1) {
    if (!isBitSet(written, page)) continue;
    const first = page * perPage;
    const elements = await openElements(visitor, array, page, options);
    addEntries(visitor, elements, first, Math.min(perPage, count - first));
  }
}

/** The chunk of one number. */
export async function findInFixedArray(
  context: IndexContext,
  address: number,
  number: number,
  options: CallOptions,
): Promise<ChunkEntry | undefined> {
  const array = await openArray(context, address, options);
  if (!array || !(number < array.count)) return undefined;
  const { perPage, width } = array;
  const page = Math.floor(number / perPage);
  if (hasPages(array) && !isBitSet(await readPageMap(context, array, options), page)) return undefined;
  const elements = await openElements(context, array, page, options);
  elements.skip((number % perPage) * width);
  return readEntry(context, elements);
}

async function openArray(
  context: IndexContext,
  address: number,
  options: CallOptions,
): Promise<FixedArray | undefined> {
  const { file } = context;
  const { offsetBytes, lengthBytes } = file.superblock;
  const head = await file.checked(address, 8 + lengthBytes + offsetBytes, options);
  head.expect("FAHD");
  head.skip(2);
  const width = head.u8();
  const pageBits = head.u8();
  const count = head.length();
  const block = head.address();
  if (block === undefined) return undefined;
  if (width !== entryBytes(context)) throw damaged(`an array of chunks with elements of ${width} bytes`);
  if (pageBits > 32) throw damaged("pages of an array are too large");
  (await file.cursor(block, 4, options)).expect("FADB");
  // before the elements: signature, version, client, address of the header
  return { width, count, perPage: 2 ** pageBits, block, prefix: 6 + offsetBytes };
}

/** Bit maps of pages start at the highest bit of each byte. */
export function isBitSet(bits: Uint8Array, position: number): boolean {
  return ((bits[position >> 3] ?? 0) & (0x80 >> (position & 7))) !== 0;
}
