import type { CallOptions } from "@zarr-gateway/primitives";
import { damaged } from "../damaged.ts";
import { isBitSet } from "./fixed-array.ts";
import { addEntries, addLongEntries, entryBytes, type IndexContext } from "./index-context.ts";

const CHECKSUM = 4;

interface ArrayHeader {
  readonly indexElements: number;
  readonly minBlockElements: number;
  readonly minPointers: number;
  readonly pageElements: number;
  /** Elements that were ever written, rounded up to what is allocated. */
  readonly count: number;
  /** Bytes of a block's offset. */
  readonly offsetFieldBytes: number;
  readonly blockAddress: number | undefined;
}
/** Data blocks of super block s: how many, with how many elements each. Two super blocks share a count. */
const blocksIn = (s: number) => 2 ** Math.floor(s / 2);
const elementsIn = (header: ArrayHeader, s: number) => 2 ** Math.ceil(s / 2) * header.minBlockElements;

/**
 * The index of datasets with one unlimited dimension: first elements in the index block, then data blocks of growing
 * size, the first of them named by the index block, later ones by super blocks.
 * @see HDF5 File Format Specification 3.0, VII.E
 */
export async function readExtensibleArray(
  context: IndexContext,
  address: number,
  options: CallOptions,
): Promise<void> {
  const { file } = context;
  const header = await readHeader(context, address, options);
  if (header.blockAddress === undefined) return;
  const width = entryBytes(context);
  const directSuperBlocks = 2 * Math.log2(header.minPointers);
  const directBlocks = 2 * (header.minPointers - 1);
  const start = 6 + file.superblock.offsetBytes;

  const plan = planSuperBlocks(header);
  const superPointers = Math.max(0, plan.length - directSuperBlocks);
  const bytes =
    start + header.indexElements * width + (directBlocks + superPointers) * file.superblock.offsetBytes;
  const index = await file.cursor(header.blockAddress, bytes, options);
  index.expect("EAIB");
  index.position = start;
  addEntries(context, index, 0, header.indexElements);

  const seen = new Set<number>();
  for (const [s, first] of plan.entries()) {
    if (s < directSuperBlocks) {
      const blocks = Array.from({ length: blocksIn(s) }, () => index.address());
      await readDataBlocks(context, header, { s, first, blocks, pages: undefined, seen }, options);
    } else {
      const superBlock = index.address();
      if (superBlock !== undefined)
        await readSuperBlock(context, header, { s, first, address: superBlock, seen }, options);
    }
  }
}

/** Number of the first element of each super block that may hold any. */
function planSuperBlocks(header: ArrayHeader): number[] {
  const firsts: number[] = [];
  for (let first = header.indexElements; first < header.count && firsts.length < 64; ) {
    firsts.push(first);
    const s = firsts.length - 1;
    first += blocksIn(s) * elementsIn(header, s);
  }
  return firsts;
}

async function readHeader(
  context: IndexContext,
  address: number,
  options: CallOptions,
): Promise<ArrayHeader> {
  const { lengthBytes, offsetBytes } = context.file.superblock;
  const cursor = await context.file.cursor(address, 12 + 6 * lengthBytes + offsetBytes, options);
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
  const count = cursor.length();
  cursor.length(); // elements allocated
  const blockAddress = cursor.address();
  const isPower = (n: number) => n > 0 && (n & (n - 1)) === 0;
  if (bits > 64 || pageBits > 32 || !isPower(minBlockElements) || !isPower(minPointers)) {
    throw damaged("the header of an array of chunks makes no sense");
  }
  return {
    indexElements,
    minBlockElements,
    minPointers,
    pageElements: 2 ** pageBits,
    count: Math.max(count, indexElements),
    offsetFieldBytes: Math.ceil(bits / 8),
    blockAddress,
  };
}

interface SuperBlock {
  readonly s: number;
  readonly first: number;
  readonly address: number;
  readonly seen: Set<number>;
}

async function readSuperBlock(
  context: IndexContext,
  header: ArrayHeader,
  block: SuperBlock,
  options: CallOptions,
): Promise<void> {
  const { s, first, address, seen } = block;
  const { offsetBytes } = context.file.superblock;
  const blocks = blocksIn(s);
  const pages = elementsIn(header, s) > header.pageElements ? elementsIn(header, s) / header.pageElements : 0;
  const mapBytes = blocks * Math.ceil(pages / 8);
  const start = 6 + offsetBytes + header.offsetFieldBytes;
  const cursor = await context.file.cursor(address, start + mapBytes + blocks * offsetBytes, options);
  cursor.expect("EASB");
  cursor.position = start;
  const written = cursor.take(mapBytes);
  const addresses = Array.from({ length: blocks }, () => cursor.address());
  await readDataBlocks(
    context,
    header,
    { s, first, blocks: addresses, pages: pages > 0 ? written : undefined, seen },
    options,
  );
}

interface DataBlocks {
  readonly s: number;
  readonly first: number;
  readonly blocks: readonly (number | undefined)[];
  /** Which pages were written, where blocks are paged. */
  readonly pages: Uint8Array | undefined;
  readonly seen: Set<number>;
}

async function readDataBlocks(
  context: IndexContext,
  header: ArrayHeader,
  row: DataBlocks,
  options: CallOptions,
): Promise<void> {
  const { offsetBytes } = context.file.superblock;
  const elements = elementsIn(header, row.s);
  for (const [i, address] of row.blocks.entries()) {
    const first = row.first + i * elements;
    if (address === undefined || first >= header.count) continue;
    if (row.seen.has(address)) throw damaged("blocks of an array form a cycle");
    row.seen.add(address);
    (await context.file.cursor(address, 4, options)).expect("EADB");
    const start = address + 6 + offsetBytes + header.offsetFieldBytes;
    if (row.pages) {
      await readPages(
        context,
        header,
        { start: start + CHECKSUM, first, block: i, elements, written: row.pages },
        options,
      );
    } else {
      const count = Math.min(elements, header.count - first);
      await addLongEntries(context, { address: start, first, count }, options);
    }
  }
}

async function readPages(
  context: IndexContext,
  header: ArrayHeader,
  paged: {
    readonly start: number;
    readonly first: number;
    readonly block: number;
    readonly elements: number;
    readonly written: Uint8Array;
  },
  options: CallOptions,
): Promise<void> {
  const perBlock = paged.elements / header.pageElements;
  const pageBytes = header.pageElements * entryBytes(context) + CHECKSUM;
  for (let page = 0; page < perBlock; page += 1) {
    const first = paged.first + page * header.pageElements;
    if (first >= header.count) return;
    if (!isBitSet(paged.written, paged.block * perBlock + page)) continue;
    const count = Math.min(header.pageElements, header.count - first);
    await addLongEntries(context, { address: paged.start + page * pageBytes, first, count }, options);
  }
}
