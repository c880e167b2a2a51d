import { type ByteCache, type CallOptions, isGatewayError, SingleFlight } from "@zarr-gateway/primitives";
import type { ByteRange, ByteStat, ByteStore, ReadOptions } from "../byte-store.ts";

export interface CachedOptions {
  /** Where bytes are kept; may be shared with others. */
  readonly cache: ByteCache;
  /** Tells this store's entries from those of others in the same cache. */
  readonly name: string;
  /** After this time a version is asked for again. Absence is remembered no longer either. */
  readonly checkEveryMs?: number;
  /** Keys whose version is remembered. */
  readonly maxKeys?: number;
  readonly now?: () => number;
}

/** What was last seen of a key; `stat` undefined: absent. */
interface Seen {
  readonly stat: ByteStat | undefined;
  readonly at: number;
}
interface Found {
  readonly bytes: Uint8Array;
  readonly stat: ByteStat;
}

const CHECK_EVERY_MS = 2000;
const MAX_KEYS = 16_384;

/** Last-Modified counts seconds, by a clock that is not ours. */
const SETTLED_MS = 60_000;

/**
 * Remembers bytes by key, version and range. Within `checkEveryMs` of the last look no request is made; after it one
 * `stat`. Entries of a store that tells no versions live for `checkEveryMs`. Equal reads at once are one read. With a disk
 * cache behind the cache, what was read before a restart costs one `stat`.
 */
export function cached(store: ByteStore, options: CachedOptions): ByteStore {
  return new CachedStore(store, options);
}

interface Kept {
  readonly seen: Seen;
  readonly range: ByteRange | undefined;
  readonly costMs: number;
}

/** True where other bytes have another version for ever: a strong ETag (RFC 9110 §8.8.1), or a date well in the past. */
function isLasting({ version, etag, modifiedAt }: ByteStat): boolean {
  if (version === undefined) return false;
  if (etag !== undefined) return !etag.startsWith("W/");
  return modifiedAt !== undefined && Date.now() - modifiedAt > SETTLED_MS;
}

class CachedStore implements ByteStore {
  readonly #store: ByteStore;
  readonly #options: CachedOptions;
  readonly #checkEveryMs: number;
  readonly #now: () => number;
  readonly #seen = new Map<string, Seen>();
  readonly #reads = new SingleFlight<string, Found | undefined>();
  readonly #stats = new SingleFlight<string, Seen>();
  readonly list?: NonNullable<ByteStore["list"]>;

  constructor(store: ByteStore, options: CachedOptions) {
    this.#store = store;
    this.#options = options;
    this.#checkEveryMs = options.checkEveryMs ?? CHECK_EVERY_MS;
    this.#now = options.now ?? (() => performance.now());
    if (store.list) this.list = store.list.bind(store);
  }

  async get(key: string, options: ReadOptions = {}): Promise<Uint8Array | undefined> {
    return (await this.getWithStat(key, options))?.bytes;
  }

  async getWithStat(key: string, options: ReadOptions = {}): Promise<Found | undefined> {
    options.signal?.throwIfAborted();
    // what was never seen is read at once: its version comes with it
    const seen = this.#seen.has(key) ? await this.#current(key, options) : undefined;
    if (seen && !seen.stat) return undefined;
    if (seen?.stat) {
      const bytes = this.#options.cache.peek(this.#name(key, seen, options.range));
      if (bytes) return { bytes, stat: seen.stat };
    }
    const flight = [key, options.ifMatch, JSON.stringify(options.range ?? null)].join("\n");
    return this.#reads.run(flight, (shared) => this.#read(key, { ...options, ...shared }), options);
  }

  async stat(key: string, options: CallOptions = {}): Promise<ByteStat | undefined> {
    options.signal?.throwIfAborted();
    return (await this.#current(key, options)).stat;
  }

  async statForRead(key: string, options: CallOptions = {}): Promise<ByteStat | undefined> {
    const { maxBytes } = this.#options.cache;
    const isKept = maxBytes > 0 && this.#store.getWithStat !== undefined;
    if (!isKept || this.#seen.has(key)) return this.stat(key, options);
    const found = await this.getWithStat(key, options);
    return this.#seen.get(key)?.stat ?? found?.stat;
  }

  async close(): Promise<void> {
    await this.#store.close?.();
  }

  async #read(key: string, options: ReadOptions): Promise<Found | undefined> {
    const kept = this.#options.cache.disk && (await this.#recall(key, options));
    if (kept) return kept;
    const at = this.#now();
    const found = await this.#readThrough(key, options).catch((error: unknown) => {
      // what was seen of it is old, however short ago: who looks next asks the server
      if (isGatewayError(error) && error.details["changed"] === true) this.#seen.delete(key);
      throw error;
    });
    const seen = this.#remember(key, { stat: found?.stat, at });
    if (found) await this.#keep(key, found, { seen, range: options.range, costMs: this.#now() - at });
    return found;
  }

  /** From disk, when the version is still the one that was kept. */
  async #recall(key: string, options: ReadOptions): Promise<Found | undefined> {
    const { cache } = this.#options;
    // what was never kept in any version is read at once: asking for its version first would cost a round trip
    if (!this.#seen.has(key) && !(await cache.recall(this.#mark(key), options))) return undefined;
    const seen = await this.#current(key, options);
    const bytes = seen.stat && (await cache.recall(this.#name(key, seen, options.range), options));
    return seen.stat && bytes && { bytes, stat: seen.stat };
  }

  async #keep(key: string, { bytes, stat }: Found, { seen, range, costMs }: Kept): Promise<void> {
    const { cache } = this.#options;
    const disk = cache.disk && isLasting(stat) ? "keep" : undefined;
    await cache.getOrCreate(this.#name(key, seen, range), async () => bytes, { costMs, disk });
    if (disk) await cache.getOrCreate(this.#mark(key), async () => new Uint8Array(0), { costMs, disk });
  }

  async #readThrough(key: string, options: ReadOptions): Promise<Found | undefined> {
    if (this.#store.getWithStat) return this.#store.getWithStat(key, options);
    // stat first: bytes that change in between then lie under the old version, where nobody looks for them again
    const stat = await this.#store.stat(key, options);
    const bytes = stat && (await this.#store.get(key, options));
    return stat && bytes && { bytes, stat };
  }

  async #current(key: string, options: CallOptions): Promise<Seen> {
    const seen = this.#seen.get(key);
    if (seen && this.#now() - seen.at < this.#checkEveryMs) return seen;
    return this.#stats.run(
      key,
      async (shared) => {
        const at = this.#now();
        return this.#remember(key, { stat: await this.#store.stat(key, shared), at });
      },
      options,
    );
  }

  /** What was asked for later counts: answers may overtake each other. */
  #remember(key: string, { stat, at }: Seen): Seen {
    const freshUntil = at + this.#checkEveryMs;
    const seen = { stat: stat && (this.#checkEveryMs > 0 ? { ...stat, freshUntil } : stat), at };
    if ((this.#seen.get(key)?.at ?? at) > at) return seen;
    this.#seen.delete(key);
    this.#seen.set(key, seen);
    for (const [oldest] of this.#seen) {
      if (this.#seen.size <= (this.#options.maxKeys ?? MAX_KEYS)) break;
      this.#seen.delete(oldest);
    }
    return seen;
  }

  /** Key of an empty entry that tells that some version was kept. */
  #mark(key: string): string {
    return [this.#options.name, key, "kept"].join("\n");
  }

  #name(key: string, { stat, at }: Seen, range: ByteRange | undefined): string {
    const version = stat?.version ?? `seen ${at}`;
    return [this.#options.name, key, version, stat?.size, JSON.stringify(range ?? null)].join("\n");
  }
}
