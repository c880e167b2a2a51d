import type { ByteCursor } from "../byte-cursor.ts";
import type { ChunkEntry } from "../chunk-table.ts";
import type { Hdf5File } from "../hdf5-file.ts";
import type { ChunkedLayout } from "../layout.ts";

/** What the readers of the different indexes share. */
export interface IndexContext {
  readonly file: Hdf5File;
  readonly layout: ChunkedLayout;
  readonly isFiltered: boolean;
  readonly rank: number;
  /** Bytes of a chunk without filters. */
  readonly chunkBytes: number;
  /** Chunks that an array of chunks may name, all below the maximum shape. */
  readonly totalChunks: number;
}

/** Takes every chunk that an index names. */
export interface IndexVisitor extends IndexContext {
  /** A chunk by its place in the grid, in chunks. `offset` is a position in the file. */
  add(offset: number, size: number, filterMask: number, at: readonly number[]): void;
  /** A chunk by its number in an array of chunks. */
  addNumber(number: number, offset: number, size: number, filterMask: number): void;
}

/** Bytes of one element of a fixed or extensible array. */
export function entryBytes({ isFiltered, layout, file }: IndexContext): number {
  return file.superblock.offsetBytes + (isFiltered ? layout.sizeBytes + 4 : 0);
}

/** The element of an array of chunks at the cursor; undefined: never written. */
export function readEntry(context: IndexContext, cursor: ByteCursor): ChunkEntry | undefined {
  const address = cursor.address();
  const size = context.isFiltered ? cursor.uint(context.layout.sizeBytes) : context.chunkBytes;
  const filterMask = context.isFiltered ? cursor.u32() : 0;
  return address === undefined
    ? undefined
    : { offset: context.file.superblock.base + address, size, filterMask };
}

/** Reads `count` elements of an array of chunks, the first of which has the number `first`. */
export function addEntries(visitor: IndexVisitor, cursor: ByteCursor, first: number, count: number): void {
  for (let i = 0; i < count; i += 1) {
    const entry = readEntry(visitor, cursor);
    if (entry) visitor.addNumber(first + i, entry.offset, entry.size, entry.filterMask);
  }
}
