import type { CallOptions } from "@zarr-gateway/primitives";
import type { ByteCursor } from "../byte-cursor.ts";
import { CHECKSUM_BYTES } from "../checksum.ts";
import { damaged } from "../damaged.ts";
import { entryBytes, type IndexContext } from "./index-context.ts";

/** What the header of an extensible array says. */
export interface ExtensibleArray {
  readonly indexElements: number;
  readonly minBlockElements: number;
  readonly minPointers: number;
  readonly pageElements: number;
  /** Elements that were ever written, rounded up to what is allocated. */
  readonly count: number;
  /** Binary logarithm of the most elements it may have. */
  readonly bits: number;
  /** Bytes of a block's offset. */
  readonly offsetFieldBytes: number;
  readonly blockAddress: number;
  /** Number of the first element of each super block that may hold any. */
  readonly firsts: readonly number[];
}

/** The index block, which names the data blocks of the first super blocks, and the others by their super block. */
export interface IndexBlock {
  /** At the first element. */
  readonly elements: ByteCursor;
  readonly dataBlocks: readonly (number | undefined)[];
  readonly superBlocks: readonly (number | undefined)[];
}

/** The data blocks of one super block. */
export interface BlockRow {
  readonly blocks: readonly (number | undefined)[];
  /** Which pages were written, where blocks have pages. */
  readonly pages: Uint8Array | undefined;
}

/** Data blocks of super block s: how many, with how many elements each. Two super blocks share a count. */
const blocksIn = (s: number) => 2 ** Math.floor(s / 2);
export const elementsIn = ({ minBlockElements }: ExtensibleArray, s: number) =>
  2 ** Math.ceil(s / 2) * minBlockElements;

export async function openExtensibleArray(
  context: IndexContext,
  address: number,
  options: CallOptions,
): Promise<ExtensibleArray | undefined> {
  const { lengthBytes, offsetBytes } = context.file.superblock;
  const cursor = await context.file.checked(address, 12 + 6 * lengthBytes + offsetBytes, options);
  cursor.expect("EAHD");
  cursor.skip(2);
  const width = cursor.u8();
  if (width !== entryBytes(context)) throw damaged(`an array of chunks with elements of ${width} bytes`);
  const bits = cursor.u8();
  const indexElements = cursor.u8();
  const minBlockElements = cursor.u8();
  const minPointers = cursor.u8();
  const pageBits = cursor.u8();
  cursor.skip(4 * lengthBytes); // numbers and sizes of super blocks and data blocks
  const count = Math.max(cursor.length(), indexElements);
  cursor.length(); // elements allocated
  const blockAddress = cursor.address();
  if (blockAddress === undefined) return undefined;
  const isPower = (n: number) => n > 0 && (n & (n - 1)) === 0;
  if (bits > 64 || pageBits > 32 || !isPower(minBlockElements) || !isPower(minPointers)) {
    throw damaged("the header of an array of chunks makes no sense");
  }
  const offsetFieldBytes = Math.ceil(bits / 8);
  const pageElements = 2 ** pageBits;
  const header = {
    bits,
    indexElements,
    minBlockElements,
    minPointers,
    pageElements,
    count,
    offsetFieldBytes,
  };
  return { ...header, blockAddress, firsts: planSuperBlocks(header) };
}

function planSuperBlocks(array: Omit<ExtensibleArray, "blockAddress" | "firsts">): number[] {
  const firsts: number[] = [];
  for (let first = array.indexElements; first < array.count && firsts.length < 64; ) {
    const s = firsts.push(first) - 1;
    first += blocksIn(s) * 2 ** Math.ceil(s / 2) * array.minBlockElements;
  }
  return firsts;
}

function directSuperBlocks({ minPointers }: ExtensibleArray): number {
  return 2 * Math.log2(minPointers);
}

export async function readIndexBlock(
  context: IndexContext,
  array: ExtensibleArray,
  options: CallOptions,
): Promise<IndexBlock> {
  const { offsetBytes } = context.file.superblock;
  const directBlocks = 2 * (array.minPointers - 1);
  // of all super blocks that there may ever be, the first ones are not named: their data blocks are
  const allSuperBlocks = 1 + array.bits - Math.log2(array.minBlockElements);
  const superBlocks = Math.max(0, allSuperBlocks - directSuperBlocks(array));
  const start = 6 + offsetBytes;
  const elementBytes = array.indexElements * entryBytes(context);
  const bytes = start + elementBytes + (directBlocks + superBlocks) * offsetBytes;
  const elements = await context.file.checked(array.blockAddress, bytes, options);
  elements.expect("EAIB");
  elements.position = start + elementBytes;
  const pointers = (count: number) => Array.from({ length: count }, () => elements.address());
  const block = { elements, dataBlocks: pointers(directBlocks), superBlocks: pointers(superBlocks) };
  elements.position = start;
  return block;
}

/** The data blocks of super block s; undefined where none was written. */
export async function readBlockRow(
  context: IndexContext,
  place: { readonly array: ExtensibleArray; readonly index: IndexBlock; readonly s: number },
  options: CallOptions,
): Promise<BlockRow | undefined> {
  const { array, index, s } = place;
  const blocks = blocksIn(s);
  const direct = directSuperBlocks(array);
  if (s < direct) {
    const before = Array.from({ length: s }, (_, i) => blocksIn(i)).reduce((sum, count) => sum + count, 0);
    return { blocks: index.dataBlocks.slice(before, before + blocks), pages: undefined };
  }
  const address = index.superBlocks[s - direct];
  if (address === undefined) return undefined;
  const { offsetBytes } = context.file.superblock;
  const elements = elementsIn(array, s);
  const pages = elements > array.pageElements ? elements / array.pageElements : 0;
  const mapBytes = blocks * Math.ceil(pages / 8);
  const start = 6 + offsetBytes + array.offsetFieldBytes;
  const cursor = await context.file.checked(address, start + mapBytes + blocks * offsetBytes, options);
  cursor.expect("EASB");
  cursor.position = start;
  const written = cursor.take(mapBytes);
  return {
    blocks: Array.from({ length: blocks }, () => cursor.address()),
    pages: pages > 0 ? written : undefined,
  };
}

/**
 * At the first element of a data block, or of one of its pages.
 * @param elements of the block
 * @param page undefined where the block has no pages
 */
export async function openElements(
  context: IndexContext,
  array: ExtensibleArray,
  block: { readonly address: number; readonly elements: number; readonly page: number | undefined },
  options: CallOptions,
): Promise<ByteCursor> {
  const { file } = context;
  const width = entryBytes(context);
  const prefix = 6 + file.superblock.offsetBytes + array.offsetFieldBytes;
  const ownElements = block.page === undefined ? block.elements : 0;
  const cursor = await file.checked(block.address, prefix + ownElements * width, options);
  cursor.expect("EADB");
  cursor.position = prefix;
  if (block.page === undefined) return cursor;
  const pageBytes = array.pageElements * width;
  const start = block.address + prefix + CHECKSUM_BYTES + block.page * (pageBytes + CHECKSUM_BYTES);
  return file.checked(start, pageBytes, options);
}
