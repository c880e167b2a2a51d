import type { CallOptions } from "@zarr-gateway/primitives";
import type { ChunkEntry } from "../chunk-table.ts";
import { damaged } from "../damaged.ts";
import {
  addLongEntries,
  entryBytes,
  type IndexContext,
  type IndexVisitor,
  readEntry,
} from "./index-context.ts";

const CHECKSUM = 4;

interface FixedArray {
  readonly width: number;
  readonly count: number;
  /** Elements of a page. */
  readonly perPage: number;
  /** Of the elements, or of the bit map of pages where there are pages. */
  readonly start: number;
}
const hasPages = ({ count, perPage }: FixedArray): boolean => count > perPage;
const mapBytes = ({ count, perPage }: FixedArray): number => Math.ceil(Math.ceil(count / perPage) / 8);
const pageAddress = (array: FixedArray, page: number): number =>
  array.start + mapBytes(array) + CHECKSUM + page * (array.perPage * array.width + CHECKSUM);

/** The index of datasets that cannot grow. @see HDF5 File Format Specification 3.0, VII.D */
export async function readFixedArray(
  visitor: IndexVisitor,
  address: number,
  options: CallOptions,
): Promise<void> {
  const array = await openArray(visitor, address, options);
  if (!array) return;
  const { count, perPage, start } = array;
  if (!hasPages(array)) return addLongEntries(visitor, { address: start, first: 0, count }, options);
  const written = await visitor.file.read(start, mapBytes(array), options);
  for (let page = 0; page * perPage < count; page += 1) {
    if (!isBitSet(written, page)) continue;
    const first = page * perPage;
    const row = { address: pageAddress(array, page), first, count: Math.min(perPage, count - first) };
    await addLongEntries(visitor, row, options);
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
  const { perPage, start, width } = array;
  const page = Math.floor(number / perPage);
  if (hasPages(array) && !isBitSet(await context.file.read(start, mapBytes(array), options), page))
    return undefined;
  const first = hasPages(array) ? pageAddress(array, page) : start;
  return readEntry(context, await context.file.cursor(first + (number % perPage) * width, width, options));
}

async function openArray(
  context: IndexContext,
  address: number,
  options: CallOptions,
): Promise<FixedArray | undefined> {
  const { file } = context;
  const { offsetBytes, lengthBytes } = file.superblock;
  const head = await file.cursor(address, 8 + lengthBytes + offsetBytes, options);
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
  return { width, count, perPage: 2 ** pageBits, start: block + 6 + offsetBytes };
}

/** Bit maps of pages start at the highest bit of each byte. */
export function isBitSet(bits: Uint8Array, position: number): boolean {
  return ((bits[position >> 3] ?? 0) & (0x80 >> (position & 7))) !== 0;
}
