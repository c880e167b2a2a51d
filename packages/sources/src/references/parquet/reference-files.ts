import { type CallOptions, createLimiter, isGatewayError, SingleFlight } from "@zarr-gateway/primitives";
import { type ByteStore, storeAccess } from "@zarr-gateway/stores";
import type { ReferenceLimits } from "../limits.ts";
import { damagedSet, type Reference } from "../reference.ts";
import { type ParquetBytes, type RowGroup, readFooter } from "./parquet-footer.ts";
import { type ReferenceBlock, readBlock } from "./reference-block.ts";

/** Files up to this size are read at once, instead of footer and columns one by one. */
const WHOLE_BYTES = 8 * 1024 * 1024;
/** Row groups read at once: each may take as much memory as the largest that is allowed. */
const CONCURRENT_READS = 4;

interface KnownBlock {
  readonly block: ReferenceBlock;
  readonly firstRow: number;
  readonly endRow: number;
}

/** Rows of the files of a Parquet set by file; row groups that were used lately stay in memory. */
export class ReferenceFiles {
  readonly #store: ByteStore;
  readonly #limits: ReferenceLimits;
  /** By file, the blocks of it; least recently used file first. */
  readonly #known = new Map<string, KnownBlock[]>();
  readonly #flights = new SingleFlight<string, KnownBlock | undefined>();
  readonly #limiter = createLimiter(CONCURRENT_READS);
  #bytes = 0;

  constructor(store: ByteStore, limits: ReferenceLimits) {
    this.#store = store;
    this.#limits = limits;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * @param key of the chunk, for messages
   * @returns undefined where there is no such file, or the row is empty
   */
  async find(
    place: { readonly file: string; readonly row: number; readonly key: string },
    options: CallOptions,
  ): Promise<Reference | undefined> {
    const { file, row, key } = place;
    const known = this.#recall(file, row) ?? (await this.#readOnce(file, row, options));
    return known?.block.find(row - known.firstRow, key);
  }

  /** All who want something of a file wait for one read; whose row lies in another row group reads that afterwards. */
  async #readOnce(file: string, row: number, options: CallOptions): Promise<KnownBlock | undefined> {
    const read = (shared: CallOptions): Promise<KnownBlock | undefined> => this.#read(file, row, shared);
    const first = await this.#flights.run(file, read, options);
    if (!first || (row >= first.firstRow && row < first.endRow)) return first;
    return this.#recall(file, row) ?? this.#flights.run(`${file} ${row}`, read, options);
  }

  #recall(file: string, row: number): KnownBlock | undefined {
    const blocks = this.#known.get(file);
    const found = blocks?.find(({ firstRow, endRow }) => row >= firstRow && row < endRow);
    if (!blocks || !found) return undefined;
    this.#known.delete(file); // moves it to the end: the first is always the least recently used
    this.#known.set(file, blocks);
    return found;
  }

  async #read(file: string, row: number, options: CallOptions): Promise<KnownBlock | undefined> {
    return this.#limiter.run(async () => {
      // many rows of one file may have been waiting for the same row group
      const meanwhile = this.#recall(file, row);
      if (meanwhile) return meanwhile;
      const bytes = await this.#open(file, options);
      if (!bytes) return undefined;
      const groups = await readFooter(bytes, options);
      const group = groups.find(({ firstRow, rows }) => row < firstRow + rows);
      if (!group) throw damagedSet(`"${file}" has no row ${row}: it is shorter than "record_size" says`);
      return this.#remember(file, group, await readBlock(bytes, group, this.#limits, options));
    }, options);
  }

  async #open(file: string, options: CallOptions): Promise<ParquetBytes | undefined> {
    const access = await storeAccess(this.#store, file, options).catch((error: unknown) => {
      if (isGatewayError(error) && error.details["absent"] === true) return undefined;
      throw error;
    });
    if (!access) return undefined;
    if (access.size > WHOLE_BYTES) return access;
    const whole = await access.read(0, access.size, options);
    return {
      size: whole.length,
      read: async (offset, length) => whole.subarray(offset, offset + length),
    };
  }

  #remember(file: string, { firstRow, rows }: RowGroup, block: ReferenceBlock): KnownBlock {
    const known = { block, firstRow, endRow: firstRow + rows };
    const blocks = [...(this.#known.get(file) ?? []), known];
    this.#known.delete(file);
    this.#known.set(file, blocks);
    this.#bytes += block.byteLength;
    for (const [oldest] of this.#known) {
      if (this.#bytes <= this.#limits.blockCacheBytes || oldest === file) break;
      this.#forget(oldest);
    }
    // one large file of many row groups: its own first ones go
    while (this.#bytes > this.#limits.blockCacheBytes && blocks.length > 1)
      this.#bytes -= blocks.shift()?.block.byteLength ?? 0;
    return known;
  }

  #forget(file: string): void {
    for (const { block } of this.#known.get(file) ?? []) this.#bytes -= block.byteLength;
    this.#known.delete(file);
  }
}
