import { type CallOptions, SingleFlight } from "@zarr-gateway/primitives";
import { type ChunkIndexRequest, type ChunkTable, type Hdf5File, readChunkIndex } from "../hdf5/index.ts";

/** Chunk tables of one file that stay in memory; a variable whose table was dropped reads its index again. */
const MAX_BYTES = 32 * 1024 * 1024;

/** Chunk indexes of a file, read when first asked for and remembered, least recently used out first. */
export class ChunkTables {
  readonly #file: Hdf5File;
  readonly #tables = new Map<string, ChunkTable>();
  readonly #flights = new SingleFlight<string, ChunkTable>();
  #bytes = 0;

  constructor(file: Hdf5File) {
    this.#file = file;
  }

  /** @param address of the dataset, which may be linked twice and then be shown with different shapes */
  async get(address: number, request: ChunkIndexRequest, options: CallOptions = {}): Promise<ChunkTable> {
    const key = `${address}:${request.shape.join()}`;
    const known = this.#tables.get(key);
    if (!known) {
      return this.#flights.run(
        key,
        async (call) => this.#remember(key, await readChunkIndex(this.#file, request, call)),
        options,
      );
    }
    this.#tables.delete(key);
    this.#tables.set(key, known);
    return known;
  }

  #remember(key: string, table: ChunkTable): ChunkTable {
    this.#tables.set(key, table);
    this.#bytes += table.byteLength;
    for (const [oldest, { byteLength }] of this.#tables) {
      if (this.#bytes <= MAX_BYTES || this.#tables.size === 1) break;
      this.#tables.delete(oldest);
      this.#bytes -= byteLength;
    }
    return table;
  }
}
