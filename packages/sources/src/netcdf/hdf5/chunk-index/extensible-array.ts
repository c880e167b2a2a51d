import type { CallOptions } from "@zarr-gateway/primitives";
import type { ByteCursor } from "../byte-cursor.ts";
import type { ChunkEntry } from "../chunk-table.ts";
import { damaged } from "../damaged.ts";
import {
  type BlockRow,
  type ExtensibleArray,
  elementsIn,
  openElements,
  openExtensibleArray,
  readBlockRow,
  readIndexBlock,
} from "./extensible-array-layout.ts";
import { isBitSet } from "./fixed-array.ts";
import { addEntries, entryBytes, type IndexContext, type IndexVisitor, readEntry } from "./index-context.ts";

/**
 * The index of datasets with one unlimited dimension: first elements in the index block, then data blocks of growing
 * size, the first of them named by the index block, later ones by super blocks.
 * @see HDF5 File Format Specification 3.0, VII.E
 */
export async function readExtensibleArray(
  visitor: IndexVisitor,
  address: number,
  options: CallOptions,
): Promise<void> {
  const array = await openExtensibleArray(visitor, address, options);
  if (!array) return;
  const index = await readIndexBlock(visitor, array, options);
  addEntries(visitor, index.elements, 0, array.indexElements);
  const seen = new Set<number>();
  for (const s of array.firsts.keys()) {
    const row = await readBlockRow(visitor, { array, index, s }, options);
    if (row) await readDataBlocks(visitor, { array, s, row, seen }, options);
  }
}

/** The chunk of one number. */
export async function findInExtensibleArray(
  context: IndexContext,
  address: number,
  number: number,
  options: CallOptions,
): Promise<ChunkEntry | undefined> {
  const array = await openExtensibleArray(context, address, options);
  if (!array || !(number < array.count)) return undefined;
  const width = entryBytes(context);
  const index = await readIndexBlock(context, array, options);
  if (number < array.indexElements) {
    index.elements.skip(number * width);
    return readEntry(context, index.elements);
  }
  const s = array.firsts.findLastIndex((first) => first <= number);
  const row = await readBlockRow(context, { array, index, s }, options);
  if (!row) return undefined;
  const elements = elementsIn(array, s);
  const inRow = number - (array.firsts[s] ?? 0);
  const block = Math.floor(inRow / elements);
  const place = { array, row, block, elements, inBlock: inRow % elements };
  const entry = await openEntry(context, place, options);
  return entry && readEntry(context, entry);
}

/** At an element of a data block; undefined: never written. */
async function openEntry(
  context: IndexContext,
  place: {
    readonly array: ExtensibleArray;
    readonly row: BlockRow;
    readonly block: number;
    readonly elements: number;
    readonly inBlock: number;
  },
  options: CallOptions,
): Promise<ByteCursor | undefined> {
  const { array, row, block, elements, inBlock } = place;
  const address = row.blocks[block];
  if (address === undefined) return undefined;
  const page = row.pages ? Math.floor(inBlock / array.pageElements) : undefined;
  const firstPage = (block * elements) / array.pageElements;
  if (row.pages && page !== undefined && !isBitSet(row.pages, firstPage + page)) return undefined;
  const cursor = await openElements(context, array, { address, elements, page }, options);
  cursor.skip((page === undefined ? inBlock : inBlock % array.pageElements) * entryBytes(context));
  return cursor;
}

interface DataBlocks {
  readonly array: ExtensibleArray;
  readonly s: number;
  readonly row: BlockRow;
  readonly seen: Set<number>;
}

async function readDataBlocks(
  visitor: IndexVisitor,
  { array, s, row, seen }: DataBlocks,
  options: CallOptions,
): Promise<void> {
  const elements = elementsIn(array, s);
  const perBlock = elements / array.pageElements;
  for (const [block, address] of row.blocks.entries()) {
    const first = (array.firsts[s] ?? 0) + block * elements;
    if (address === undefined || first >= array.count) continue;
    if (seen.has(address)) throw damaged("blocks of an array form a cycle");
    seen.add(address);
    if (!row.pages) {
      const cursor = await openElements(visitor, array, { address, elements, page: undefined }, options);
      addEntries(visitor, cursor, first, Math.min(elements, array.count - first));
      continue;
    }
    for (let page = 0; page < perBlock; page += 1) {
      const firstOfPage = first + page * array.pageElements;
      if (firstOfPage >= array.count) break;
      if (!isBitSet(row.pages, block * perBlock + page)) continue;
      const cursor = await openElements(visitor, array, { address, elements, page }, options);
      addEntries(visitor, cursor, firstOfPage, Math.min(array.pageElements, array.count - firstOfPage));
    }
  }
}
