import type { ByteCache, CacheOptions } from "../byte-cache.ts";
import type { CallOptions } from "../call-options.ts";
import type { DiskCache, DiskCacheCounts, KeptBytes } from "../disk-cache.ts";
import { SingleFlight } from "../single-flight.ts";
import { CostAwareMap } from "./cost-aware-map.ts";

/** What an entry costs beside its bytes: key, object headers, list links. */
const ENTRY_OVERHEAD_BYTES = 256;
/** Two bytes a character at most, of what is not Latin. */
const KEY_BYTES_PER_CHARACTER = 2;
/** Nothing is free; the clock is not finer than this. */
const MIN_COST_MS = 0.01;
const ABSENT = Symbol("absent");

export interface ByteCacheOptions {
  /** Asked before anything is made, and told what was; belongs to who made it. */
  readonly disk?: DiskCache | undefined;
}

/** How the caller's bytes came to be. */
interface Made extends KeptBytes {
  readonly from: "disk" | "miss";
}

/**
 * A ByteCache in memory, with a disk cache behind it where there is one.
 * @param maxBytes 0 remembers nothing, and still lets callers share work
 */
export function createByteCache(maxBytes: number, options: ByteCacheOptions = {}): ByteCache {
  return new MemoryByteCache(maxBytes, options);
}

class MemoryByteCache implements ByteCache {
  readonly maxBytes: number;
  readonly #entries: CostAwareMap<Uint8Array | typeof ABSENT> | undefined;
  readonly #disk: DiskCache | undefined;
  readonly #flights = new SingleFlight<string, Made>();
  #hits = 0;
  #misses = 0;

  constructor(maxBytes: number, { disk }: ByteCacheOptions) {
    this.maxBytes = maxBytes;
    this.#entries = maxBytes > 0 ? new CostAwareMap(maxBytes) : undefined;
    this.#disk = disk;
  }

  get bytes(): number {
    return this.#entries?.bytes ?? 0;
  }
  get hits(): number {
    return this.#hits;
  }
  get misses(): number {
    return this.#misses;
  }
  get evictions(): number {
    return this.#entries?.evictions ?? 0;
  }
  get disk(): DiskCacheCounts | undefined {
    return this.#disk?.counts;
  }

  peek(key: string): Uint8Array | undefined {
    const known = this.#entries?.get(key);
    return known === ABSENT ? undefined : known;
  }

  async recall(key: string, { signal }: CallOptions = {}): Promise<Uint8Array | undefined> {
    const known = this.#entries?.get(key);
    if (known !== undefined) return known === ABSENT ? undefined : known;
    signal?.throwIfAborted();
    const kept = await this.#disk?.get(key);
    if (kept) this.#remember(key, kept);
    return kept?.bytes;
  }

  async getOrCreate(
    key: string,
    create: (options: CallOptions) => Promise<Uint8Array | undefined>,
    options: CacheOptions = {},
  ): Promise<Uint8Array | undefined> {
    const { timings } = options;
    const known = this.#entries?.get(key);
    if (known !== undefined) {
      this.#hits += 1;
      timings?.add("cache", undefined, "hit");
      return known === ABSENT ? undefined : known;
    }
    this.#misses += 1;
    const start = performance.now();
    const made = await this.#flights.run(key, (shared) => this.#make(key, create, options, shared), options);
    timings?.add("cache", performance.now() - start, made.from);
    return made.bytes;
  }

  async #make(
    key: string,
    create: (options: CallOptions) => Promise<Uint8Array | undefined>,
    { disk, costMs }: CacheOptions,
    shared: CallOptions,
  ): Promise<Made> {
    const kept = disk === undefined ? undefined : await this.#disk?.get(key);
    if (kept) {
      this.#remember(key, kept);
      return { ...kept, from: "disk" };
    }
    const start = performance.now();
    const bytes = await create(shared);
    const made = { bytes, costMs: Math.max(MIN_COST_MS, costMs ?? performance.now() - start) };
    this.#remember(key, made);
    if (disk === "keep") this.#disk?.keep(key, made);
    return { ...made, from: "miss" };
  }

  #remember(key: string, { bytes, costMs }: KeptBytes): void {
    const size =
      ENTRY_OVERHEAD_BYTES + KEY_BYTES_PER_CHARACTER * key.length + (bytes?.buffer.byteLength ?? 0);
    this.#entries?.set(key, bytes ?? ABSENT, { bytes: size, costMs });
  }
}
