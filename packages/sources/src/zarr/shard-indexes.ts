import type { ShardIndex, ShardIndexReader } from "@zarr-gateway/codecs";
import { type CallOptions, GatewayError, SingleFlight } from "@zarr-gateway/primitives";
import type { ByteStat, ByteStore } from "@zarr-gateway/stores";
import { LRUCache } from "lru-cache";

/** The index of one version of a shard. */
export interface KnownShard {
  readonly index: ShardIndex;
  readonly stat: ByteStat;
  readonly readAt: number;
}

export interface ShardIndexesOptions {
  readonly store: ByteStore;
  /** Bytes of encoded indexes kept; parsed they take about the same. */
  readonly maxBytes?: number;
  readonly now?: () => number;
}

/** 500 indexes of shards with 1000 inner chunks. */
const MAX_BYTES = 8 * 1024 * 1024;
/** How long an index of a store that tells no versions is believed. */
const UNVERSIONED_MS = 2000;

/** Indexes of shards that were read lately, least recently used out first. One for all arrays of a dataset. */
export class ShardIndexes {
  readonly #store: ByteStore;
  readonly #now: () => number;
  readonly #known: LRUCache<string, KnownShard>;
  readonly #flights = new SingleFlight<string, KnownShard | undefined>();

  constructor(options: ShardIndexesOptions) {
    this.#store = options.store;
    this.#known = new LRUCache({ maxSize: options.maxBytes ?? MAX_BYTES });
    this.#now = options.now ?? (() => performance.now());
  }

  /** The index of a shard; undefined when there is no such shard. Callers check that its version is still the one they read. */
  async get(key: string, reader: ShardIndexReader, options: CallOptions): Promise<KnownShard | undefined> {
    const known = this.#known.get(key);
    const isBelieved =
      known?.stat.version !== undefined || this.#now() - (known?.readAt ?? 0) < UNVERSIONED_MS;
    if (known && isBelieved) return known;
    return this.#flights.run(key, (shared) => this.#read(key, reader, shared), options);
  }

  forget(key: string): void {
    this.#known.delete(key);
  }

  async #read(
    key: string,
    reader: ShardIndexReader,
    { signal }: CallOptions,
  ): Promise<KnownShard | undefined> {
    const length = reader.byteLength;
    const range = reader.location === "start" ? { offset: 0, length } : { suffix: length };
    const readAt = this.#now();
    const found = await readWithStat(this.#store, key, { range, signal });
    this.forget(key);
    if (!found) return undefined;
    if (found.bytes.length !== length) {
      const message = `the shard "${key}" is truncated: ${found.stat.size} bytes, its index alone has ${length}`;
      throw new GatewayError("upstream", message, { key });
    }
    const shard = { index: reader.parse(found.bytes, found.stat.size), stat: found.stat, readAt };
    this.#known.set(key, shard, { size: length });
    return shard;
  }
}

/** Bytes and stat of one version where the store can tell, of two looks otherwise. */
export async function readWithStat(
  store: ByteStore,
  key: string,
  options: Parameters<ByteStore["get"]>[1],
): Promise<{ readonly bytes: Uint8Array; readonly stat: ByteStat } | undefined> {
  if (store.getWithStat) return store.getWithStat(key, options);
  const stat = await store.stat(key, options);
  const bytes = stat && (await store.get(key, options));
  return stat && bytes && { bytes, stat };
}
