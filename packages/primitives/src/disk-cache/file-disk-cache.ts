import { rm } from "node:fs/promises";
import { join } from "node:path";
import type { DiskCache, DiskCacheCounts, KeptBytes } from "../disk-cache.ts";
import { GatewayError, isGatewayError } from "../errors.ts";
import { Limiter } from "../limiter.ts";
import { siblingModule } from "../sibling-module.ts";
import { createWorkerPool } from "../worker-pool/thread-worker-pool.ts";
import type { WorkerPool } from "../worker-pool.ts";
import { entryName, entryPath, formatEntry, HEADER_BYTES, parseEntry, roomOf } from "./entry-file.ts";
import type * as IndexTask from "./index-task.ts";
import { readWhole, writeWhole } from "./whole-file.ts";

export interface DiskCacheOptions {
  readonly path: string;
  /** Of everything in the folder, by whatever process. */
  readonly maxBytes: number;
  /** Entries of another generation are not found: whoever makes the bytes differently has to name another. */
  readonly generation: string;
  /** Told once for each kind of trouble, until it has passed. */
  readonly onProblem: (message: string, error: unknown) => void;
}

const INDEX_MODULE = siblingModule(import.meta.url, "index-task");
/** Of maxBytes, for index and journal of writes. */
const INDEX_SHARE = 1 / 8;
const MAX_INDEX_BYTES = 8 * 1024 * 1024;
/** One entry must not push out everything else. */
const MAX_ENTRY_SHARE = 1 / 8;
/** Of the four threads that Node reads and writes files with, the others stay free. */
const MAX_WRITERS = 2;
const MAX_WAITING_WRITES = 1024;
/** What waits to be written, by the size of the cache: a step of a large model is some hundred megabytes at once. */
const PENDING_SHARE = 1 / 32;
const [LEAST_PENDING_BYTES, MOST_PENDING_BYTES] = [64 * 1024 ** 2, 1024 ** 3];
/** Time within which a disk answers; after it the bytes are made anew, and the disk is left alone for a while. */
const PATIENCE_MS = 2000;
const INDEX_TIMEOUT_MS = 30_000;
const PAUSE_MS = 30_000;
const FLUSH_MS = 1000;
const MAX_TOUCHED = 512;
const CLOSE_MS = 3000;
/** About twice what reading back takes (0.2 ms for 4 KiB, 3.5 ms for 8 MiB): what is made faster is not worth a file. */
const READ_MS = 1;
const READ_MS_PER_MIB = 2;

/** The folder need not be there, nor be usable: without it nothing is found, and nothing kept. */
export function createDiskCache(options: DiskCacheOptions): DiskCache {
  return new FileDiskCache(options);
}

/**
 * One file an entry, named by the key's hash, read without any lock; a file gets its name when it is complete. Bound
 * and order of eviction are in an SQLite index that one thread of this process and those of others write.
 */
class FileDiskCache implements DiskCache {
  readonly #options: DiskCacheOptions;
  readonly #folder: string;
  readonly #maxPendingBytes: number;
  readonly #maxBytes: number;
  readonly #index: WorkerPool;
  readonly #writers = new Limiter(MAX_WRITERS, MAX_WAITING_WRITES);
  readonly #writing = new Set<Promise<void>>();
  readonly #troubles = new Set<string>();
  #touched: string[] = [];
  #flushing: NodeJS.Timeout | undefined;
  #pendingBytes = 0;
  readonly #pausedUntil = { read: 0, write: 0, index: 0 };
  #isClosed = false;
  readonly #counts = { hits: 0, misses: 0, writes: 0, dropped: 0, damaged: 0, evictions: 0, bytes: 0 };

  constructor(options: DiskCacheOptions) {
    this.#options = options;
    this.#folder = join(options.path, "chunks-1");
    this.#maxBytes = options.maxBytes - Math.min(MAX_INDEX_BYTES, options.maxBytes * INDEX_SHARE);
    const pending = Math.min(MOST_PENDING_BYTES, options.maxBytes * PENDING_SHARE);
    this.#maxPendingBytes = Math.max(LEAST_PENDING_BYTES, pending);
    this.#index = createWorkerPool({ threads: 1, maxQueue: MAX_WAITING_WRITES * 2, maxHeapMiB: 128 });
    void this.#start();
  }

  get counts(): DiskCacheCounts {
    return this.#counts;
  }

  async get(key: string): Promise<KeptBytes | undefined> {
    if (this.#isPaused("read")) return undefined;
    const name = entryName(this.#options.generation, key);
    try {
      const kept = await this.#patiently(this.#read(name));
      if (kept) this.#counts.hits += 1;
      else this.#counts.misses += 1;
      return kept;
    } catch (error) {
      this.#counts.misses += 1;
      this.#trouble("read", error);
      return undefined;
    }
  }

  keep(key: string, kept: KeptBytes): void {
    const size = kept.bytes?.length ?? 0;
    const room = roomOf(HEADER_BYTES + size);
    if (kept.costMs < READ_MS + (READ_MS_PER_MIB * size) / 1024 ** 2) return;
    if (room > this.#maxBytes * MAX_ENTRY_SHARE) return;
    if (this.#isClosed || this.#isPaused("write") || this.#pendingBytes + size > this.#maxPendingBytes) {
      this.#counts.dropped += 1;
      return;
    }
    this.#pendingBytes += size;
    const writing: Promise<void> = this.#writers
      .run(() => this.#write(entryName(this.#options.generation, key), kept, room))
      .catch((error: unknown) => {
        this.#counts.dropped += 1;
        if (!isGatewayError(error) || error.code !== "overloaded") this.#trouble("write", error);
      })
      .finally(() => {
        this.#pendingBytes -= size;
        this.#writing.delete(writing);
      });
    this.#writing.add(writing);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearTimeout(this.#flushing);
    const written = Promise.all(this.#writing).then(() => this.#flush());
    await Promise.race([written, delay(CLOSE_MS)]);
    await this.#index.close();
  }

  /** Opens the index, then looks through the folder bit by bit, behind whatever else there is to do. */
  async #start(): Promise<void> {
    try {
      this.#counts.bytes = await this.#run("openIndex", this.#indexed());
      for (let shard = 0; shard < 256 && !this.#isClosed; shard += 1) {
        const digits = shard.toString(16).padStart(2, "0");
        this.#note(await this.#run("sweep", { ...this.#indexed(), shard: digits }));
      }
    } catch (error) {
      this.#trouble("index", error);
    }
  }

  async #read(name: string): Promise<KeptBytes | undefined> {
    const path = entryPath(this.#folder, name);
    const file = await readWhole(path, HEADER_BYTES + this.#maxBytes * MAX_ENTRY_SHARE);
    if (file === undefined) return undefined;
    const kept = await parseEntry(name, file);
    if (kept) this.#touch(name);
    else {
      this.#counts.damaged += 1;
      this.#forget(name);
      await rm(path, { force: true });
    }
    return kept;
  }

  async #write(name: string, kept: KeptBytes, room: number): Promise<void> {
    if (this.#isPaused("write")) throw new GatewayError("overloaded", "an earlier write failed"); // told already
    const entry = { name, bytes: room, costMs: kept.costMs };
    this.#note(await this.#run("admit", { ...this.#indexed(), entry }));
    try {
      await writeWhole(entryPath(this.#folder, name), await formatEntry(name, kept));
    } catch (error) {
      this.#forget(name);
      throw error;
    }
    await this.#run("settle", { path: this.#folder, name });
    this.#counts.writes += 1;
    this.#troubles.delete("write");
  }

  #forget(name: string): void {
    this.#run("forget", { path: this.#folder, name }).catch((error: unknown) =>
      this.#trouble("index", error),
    );
  }

  #touch(name: string): void {
    if (this.#touched.length < MAX_TOUCHED) this.#touched.push(name);
    this.#flushing ??= setTimeout(() => void this.#flush(), FLUSH_MS).unref();
  }

  async #flush(): Promise<void> {
    this.#flushing = undefined;
    const names = this.#touched;
    this.#touched = [];
    if (names.length === 0) return;
    try {
      this.#counts.bytes = await this.#run("touch", { path: this.#folder, names });
    } catch (error) {
      this.#trouble("index", error);
    }
  }

  #note({ bytes, evictions }: IndexTask.Admitted): void {
    this.#counts.bytes = bytes;
    this.#counts.evictions += evictions;
  }

  #indexed(): IndexTask.IndexedFolder {
    return { path: this.#folder, maxBytes: this.#maxBytes };
  }

  #run<Name extends TaskName>(
    name: Name,
    input: Parameters<(typeof IndexTask)[Name]>[0],
  ): Promise<Output<Name>> {
    return this.#index.run({ module: INDEX_MODULE, name }, input, { timeoutMs: INDEX_TIMEOUT_MS });
  }

  async #patiently<Value>(work: Promise<Value>): Promise<Value> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${PATIENCE_MS} ms`)), PATIENCE_MS);
    });
    try {
      return await Promise.race([work, late]);
    } finally {
      clearTimeout(timer);
    }
  }

  #isPaused(kind: "read" | "write"): boolean {
    return this.#pausedUntil[kind] > 0 && performance.now() < this.#pausedUntil[kind];
  }

  #trouble(kind: "read" | "write" | "index", error: unknown): void {
    this.#pausedUntil[kind] = performance.now() + PAUSE_MS;
    if (this.#isClosed || this.#troubles.has(kind)) return;
    this.#troubles.add(kind);
    const consequence = kind === "read" ? "entries are made anew" : "entries may not be kept";
    this.#options.onProblem(`the disk cache cannot be used (${kind}), ${consequence}`, error);
  }
}

type TaskName = "openIndex" | "admit" | "settle" | "touch" | "forget" | "sweep";
type Output<Name extends TaskName> = ReturnType<(typeof IndexTask)[Name]>;

function delay(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
