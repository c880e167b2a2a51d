import type { ChunkVersion } from "@zarr-gateway/dataset";
import { type CallOptions, createByteCache } from "@zarr-gateway/primitives";

/** Sizes of the inner chunks of a hundred shards with ten thousand each: whatever else is kept, making them anew takes whole shards. */
const MAX_BYTES = 16 * 1024 * 1024;
/** Shards whose version was looked up. */
const MAX_VERSIONS = 1024;
/** Milliseconds for which it is believed: readers ask once for every inner chunk, and it is made of as many. */
const VERSION_MS = 1000;

/** What was found out about shards that are made here. */
export class ShardSizes {
  readonly #sizes = createByteCache(MAX_BYTES);
  readonly #versions = new Map<
    string,
    { readonly version: Promise<ChunkVersion | undefined>; readonly at: number }
  >();

  /** Sizes of all inner chunks in C order, found once for all who ask. */
  async sizes(
    key: string,
    find: (options: CallOptions) => Promise<Uint32Array>,
    options: CallOptions,
  ): Promise<Uint32Array> {
    const create = async (shared: CallOptions): Promise<Uint8Array> =>
      new Uint8Array((await find(shared)).buffer);
    const bytes = (await this.#sizes.getOrCreate(key, create, options)) ?? (await create(options));
    return new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  }

  /** What is known without looking. */
  peek(key: string): Uint32Array | undefined {
    const bytes = this.#sizes.peek(key);
    return bytes && new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.byteLength / 4);
  }

  version(key: string, find: () => Promise<ChunkVersion | undefined>): Promise<ChunkVersion | undefined> {
    const known = this.#versions.get(key);
    if (known && performance.now() - known.at < VERSION_MS) return known.version;
    this.#versions.delete(key);
    const version = find();
    this.#versions.set(key, { version, at: performance.now() });
    version.catch(() => this.#versions.delete(key));
    const [oldest] = this.#versions.keys();
    if (this.#versions.size > MAX_VERSIONS && oldest !== undefined) this.#versions.delete(oldest);
    return version;
  }
}
