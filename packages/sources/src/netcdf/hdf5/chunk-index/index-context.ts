import type { ByteCursor } from "../byte-cursor.ts";
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
  /** A chunk by its place in the grid, in chunks. `offset` is a position in the file. */
  add(offset: number, size: number, filterMask: number, at: readonly number[]): void;
  /** A chunk by its number in an array of chunks. */
  addNumber(number: number, offset: number, size: number, filterMask: number): void;
}

/** Bytes of one element of a fixed or extensible array. */
export function entryBytes({ isFiltered, layout, file }: IndexContext): number {
  return file.superblock.offsetBytes + (isFiltered ? layout.sizeBytes + 4 : 0);
}

/** Reads `count` elements of an array of chunks, the first of which has the number `first`. */
export function addEntries(context: IndexContext, cursor: ByteCursor, first: number, count: number): void {
  const { base } = context.file.superblock;
  for (let i = 0; i < count; i += 1) {
    const address = cursor.address();
    const size = context.isFiltered ? cursor.uint(context.layout.sizeBytes) : context.chunkBytes;
    const filterMask = context.isFiltered ? cursor.u32() : 0;
    if (address !== undefined) context.addNumber(first + i, base + address, size, filterMask);
  }
}

/** Elements read in one piece: about a millisecond of work on the event loop. */
const PIECE_BYTES = 32 * 1024;

/** Elements of a long row, read piece by piece. */
export async function addLongEntries(
  context: IndexContext,
  row: { readonly address: number; readonly first: number; readonly count: number },
  options: { readonly signal?: AbortSignal | undefined },
): Promise<void> {
  const width = entryBytes(context);
  const step = Math.max(1, Math.floor(PIECE_BYTES / width));
  for (let done = 0; done < row.count; done += step) {
    const count = Math.min(step, row.count - done);
    const cursor = await context.file.cursor(row.address + done * width, count * width, options);
    addEntries(context, cursor, row.first + done, count);
  }
}
