import { type ChunkIndex, chunkCounts, elementCount, linearIndex } from "@zarr-gateway/dataset";
import { type CallOptions, SingleFlight } from "@zarr-gateway/primitives";
import { LRUCache } from "lru-cache";
import {
  type ChunkEntry,
  type ChunkedLayout,
  type ChunkIndexRequest,
  type ChunkTable,
  findChunk,
  type Hdf5Dataset,
  type Hdf5File,
  readChunkIndex,
} from "../hdf5/index.ts";

/** Chunk tables of one file that stay in memory; a variable whose table was dropped reads its index again. */
const MAX_BYTES = 32 * 1024 * 1024;
/** An index of fewer chunks is read whole at once: that takes hardly longer than looking for one chunk. */
const MANY_CHUNKS = 500;
/** Who asks for more chunks of a variable is likely to go on: its whole index is worth reading then. */
const MAX_LOOKUPS = 16;
/** Look-ups after an index could not be read whole until that is tried again. */
const RETRY_AFTER = 1000;
/** Nodes that look-ups went through, 16 KiB each: nobody gives them back while the file is open. */
const MAX_NODE_PAGES = 16;

/** The chunks of one variable, by its index. */
export interface IndexedChunks {
  /** A dataset may be linked twice and then be shown with different shapes. */
  readonly key: string;
  readonly request: ChunkIndexRequest;
  readonly counts: readonly number[];
}

export function indexedChunks(
  dataset: Hdf5Dataset,
  layout: ChunkedLayout,
  shape: readonly number[],
): IndexedChunks {
  return {
    key: `${dataset.address}:${shape.join()}`,
    request: { layout, space: dataset.space, isFiltered: dataset.filters.length > 0, shape },
    counts: chunkCounts({ shape, chunkShape: layout.chunkShape }),
  };
}

/**
 * Where the chunks of a file lie. Indexes are remembered, least recently used out first. The first chunks of a long one
 * are looked up one by one, so that nobody waits for a hundred thousand to get one.
 */
export class ChunkTables {
  readonly #file: Hdf5File;
  /** One that is larger than all the room is kept alone. */
  readonly #tables = new LRUCache<string, ChunkTable>({
    maxSize: MAX_BYTES,
    sizeCalculation: ({ byteLength }) => Math.min(Math.max(1, byteLength), MAX_BYTES),
  });
  readonly #flights = new SingleFlight<string, ChunkTable>();
  readonly #lookups = new Map<string, number>();
  readonly #closing = new AbortController();
  /** What look-ups read, until an index is read whole. */
  #nodes: Hdf5File | undefined;

  constructor(file: Hdf5File) {
    this.#file = file;
  }

  /** undefined: never written. */
  async find(
    chunks: IndexedChunks,
    index: ChunkIndex,
    options: CallOptions = {},
  ): Promise<ChunkEntry | undefined> {
    const known = this.#tables.get(chunks.key);
    if (!known && elementCount(chunks.counts) > MANY_CHUNKS) return this.#lookUp(chunks, index, options);
    const table = known ?? (await this.#load(chunks, options));
    return table.find(linearIndex(chunks.counts, index));
  }

  /** Ends what still goes on in the background. */
  close(): void {
    this.#closing.abort();
  }

  async #lookUp(
    chunks: IndexedChunks,
    index: ChunkIndex,
    options: CallOptions,
  ): Promise<ChunkEntry | undefined> {
    const { key, request } = chunks;
    const lookups = (this.#lookups.get(key) ?? 0) + 1;
    this.#lookups.set(key, lookups);
    if (lookups === MAX_LOOKUPS) {
      // where it fails, look-ups go on, and tell what is wrong to whom it concerns
      const tryLater = () => this.#lookups.set(key, MAX_LOOKUPS - RETRY_AFTER);
      this.#load(chunks, { signal: this.#closing.signal }).catch(tryLater);
    }
    this.#nodes ??= this.#file.buffered(MAX_NODE_PAGES);
    return findChunk(this.#nodes, request, index, options);
  }

  #load({ key, request }: IndexedChunks, options: CallOptions): Promise<ChunkTable> {
    const read = async (call: CallOptions) =>
      this.#remember(key, await readChunkIndex(this.#file, request, call));
    return this.#flights.run(key, read, options);
  }

  #remember(key: string, table: ChunkTable): ChunkTable {
    this.#lookups.delete(key);
    this.#nodes = undefined;
    this.#tables.set(key, table);
    return table;
  }
}
