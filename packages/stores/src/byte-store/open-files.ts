import { type BigIntStats, close, constants, fstat, lstat, open, read } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { promisify } from "node:util";
import { SingleFlight } from "@zarr-gateway/primitives";
import type { ByteStat } from "../byte-store.ts";

const openFile = promisify(open);
const closeFile = promisify(close);
const statOpenFile = promisify(fstat) as (fd: number, options: { bigint: true }) => Promise<BigIntStats>; // the overload of `bigint: true`
const statPath = promisify(lstat) as (path: string, options: { bigint: true }) => Promise<BigIntStats>; // the same

export interface OpenFilesOptions {
  /** Descriptors kept open for the next read; those in use may be more for a moment. */
  readonly maxOpenFiles?: number;
  /** After this time a file is looked at again before it is read. */
  readonly checkEveryMs?: number;
  readonly now?: () => number;
}

type FileStat = ByteStat & { readonly version: string; readonly freshUntil: number };

/** A regular file with an open descriptor, and its stat taken from that descriptor. */
export interface OpenFile {
  readonly fd: number;
  readonly stat: FileStat;
}

interface Entry extends OpenFile {
  readonly path: string;
  stat: FileStat;
  users: number;
  /** No longer in the table: closed by whoever lets go last. */
  retired: boolean;
  closed: boolean;
}

/** Below the 1024 that many systems allow a process, so that sockets have room. */
const MAX_OPEN_FILES = 256;
const CHECK_EVERY_MS = 2000;
/** Chunks of a few hot variables; about 400 bytes each. */
const MAX_STATS = 16_384;
/** NOFOLLOW: the path was resolved before, a link here appeared since. NONBLOCK: opening a pipe must not wait for a writer. */
const OPEN_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

/**
 * Descriptors of files that were read lately, least recently used closed first, so that a hot file costs
 * one trip to the thread pool a read instead of four. Shared by all stores of a process.
 */
export class OpenFiles {
  #maxOpenFiles: number;
  readonly checkEveryMs: number;
  readonly now: () => number;
  readonly #entries = new Map<string, Entry>();
  readonly #flights = new SingleFlight<string, Entry>();
  /** Of files that were open, and so may be read; least recently looked at first. */
  readonly #stats = new Map<string, FileStat>();

  constructor(options: OpenFilesOptions = {}) {
    this.#maxOpenFiles = options.maxOpenFiles ?? MAX_OPEN_FILES;
    this.checkEveryMs = options.checkEveryMs ?? CHECK_EVERY_MS;
    this.now = options.now ?? (() => performance.now());
  }

  get size(): number {
    return this.#entries.size;
  }

  /**
   * Calls `work` with the file open; the descriptor stays valid until `work` has ended, whatever happens to the file.
   * @param path absolute and free of symbolic links
   * @throws the system's error (ENOENT, EACCES, …); EISDIR and EINVAL for what is not a regular file
   */
  async use<Result>(path: string, work: (file: OpenFile) => Promise<Result>): Promise<Result> {
    const current = this.#current(path);
    const entry = current instanceof Promise ? await current : current;
    entry.users += 1;
    try {
      return await work(entry);
    } finally {
      entry.users -= 1;
      if (entry.retired) await closeUnused(entry);
    }
  }

  /**
   * What `use` would see now: of a file that was looked at a moment ago at once, of one that was open before without
   * opening it.
   * @throws as `use`
   */
  stat(path: string): ByteStat | Promise<ByteStat> {
    const current = this.#fresh(path);
    if (current !== undefined) return current.stat;
    const known = this.#stats.get(path);
    if (known !== undefined && this.now() < known.freshUntil) return known;
    return this.#statAgain(path, this.#entries.has(path) ? undefined : known);
  }

  async #statAgain(path: string, known: FileStat | undefined): Promise<ByteStat> {
    if (known !== undefined) {
      const freshUntil = this.#freshUntil();
      const stat = await statPath(path, { bigint: true }).then(versionOf, () => undefined);
      if (stat === known.version) return this.#remember(path, { ...known, freshUntil });
    }
    return this.use(path, async (file) => file.stat);
  }

  /** Reads that still come are served, and keep nothing open. */
  async close(): Promise<void> {
    this.#maxOpenFiles = 0;
    await Promise.all([...this.#entries.values()].map((entry) => this.#retire(entry)));
  }

  #current(path: string): Entry | Promise<Entry> {
    return this.#fresh(path) ?? this.#flights.run(path, () => this.#refresh(path, this.#entries.get(path)));
  }

  /** An open file that was looked at a moment ago. */
  #fresh(path: string): Entry | undefined {
    const entry = this.#entries.get(path);
    if (!entry || this.now() >= entry.stat.freshUntil) return undefined;
    this.#entries.delete(path); // moves it to the end: the first is always the least recently used
    this.#entries.set(path, entry);
    return entry;
  }

  async #refresh(path: string, entry: Entry | undefined): Promise<Entry> {
    if (entry) {
      const freshUntil = this.#freshUntil();
      const version = await statPath(path, { bigint: true }).then(versionOf, () => undefined);
      if (version === entry.stat.version) {
        entry.stat = this.#remember(path, { ...entry.stat, freshUntil });
        if (!entry.retired) return entry;
      } else await this.#retire(entry);
    }
    this.#stats.delete(path);
    const opened = await this.#open(path);
    this.#entries.set(path, opened);
    this.#remember(path, opened.stat);
    void this.#evict(this.#maxOpenFiles);
    return opened;
  }

  /** Taken before looking: what changes while we look shows no later. */
  #freshUntil(): number {
    return this.now() + this.checkEveryMs;
  }

  #remember(path: string, stat: FileStat): FileStat {
    this.#stats.delete(path);
    this.#stats.set(path, stat);
    const [oldest] = this.#stats.size > MAX_STATS ? this.#stats.keys() : [];
    if (oldest !== undefined) this.#stats.delete(oldest);
    return stat;
  }

  async #open(path: string): Promise<Entry> {
    const freshUntil = this.#freshUntil();
    const fd = await this.#openWithRoom(path);
    try {
      const stat = await statOpenFile(fd, { bigint: true });
      if (!stat.isFile()) {
        throw Object.assign(new Error("not a regular file"), {
          code: stat.isDirectory() ? "EISDIR" : "EINVAL",
        });
      }
      const file = { path, fd, stat: { ...byteStatOf(stat), freshUntil } };
      return { ...file, users: 0, retired: false, closed: false };
    } catch (error) {
      await closeFile(fd);
      throw error;
    }
  }

  /** When the process is out of descriptors, half of the idle ones make room. */
  async #openWithRoom(path: string): Promise<number> {
    try {
      return await openFile(path, OPEN_FLAGS);
    } catch (error) {
      if (codeOf(error) !== "EMFILE" && codeOf(error) !== "ENFILE") throw error;
      await this.#evict(Math.floor(this.#entries.size / 2));
      return openFile(path, OPEN_FLAGS);
    }
  }

  async #evict(keep: number): Promise<void> {
    const retiring: Promise<void>[] = [];
    for (const entry of this.#entries.values()) {
      if (this.#entries.size <= keep) break;
      if (entry.users === 0) retiring.push(this.#retire(entry));
    }
    await Promise.all(retiring);
  }

  async #retire(entry: Entry): Promise<void> {
    if (entry.retired) return;
    entry.retired = true;
    if (this.#entries.get(entry.path) === entry) this.#entries.delete(entry.path);
    // those who were just given this entry count as users only when their own turn has come
    await nextTurn();
    await closeUnused(entry);
  }
}

async function closeUnused(entry: Entry): Promise<void> {
  if (entry.users > 0 || entry.closed) return;
  entry.closed = true;
  await closeFile(entry.fd).catch(() => undefined); // nothing was written through it, so nothing can be lost
}

/** Exactly the bytes asked for, or fewer where the file ends. */
export async function readOpenFile(file: OpenFile, offset: number, length: number): Promise<Buffer> {
  // a memory of its own, not a piece of Node's shared pool: caches count it and threads may take it over
  const bytes = Buffer.allocUnsafeSlow(length);
  let filled = 0;
  while (filled < length) {
    const count = await readOnce(file.fd, bytes, filled, offset + filled);
    if (count === 0) return bytes.subarray(0, filled);
    filled += count;
  }
  return bytes;
}

/** Without `promisify`: its result object per call is the largest cost after the read itself. */
function readOnce(fd: number, bytes: Buffer, filled: number, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, bytes, filled, bytes.length - filled, position, (error, count) => {
      if (error) reject(error);
      else resolve(count);
    });
  });
}

function byteStatOf(stat: BigIntStats): Omit<FileStat, "freshUntil"> {
  // what the Rust crate object_store, and so Icechunk, takes for the ETag of a file
  const etag = [stat.ino, stat.mtimeNs / 1000n, stat.size].map((part) => part.toString(16)).join("-");
  const modifiedAt = Number(stat.mtimeNs / 1000n) / 1000;
  return { size: Number(stat.size), version: versionOf(stat), etag, modifiedAt };
}

/** What a file is as long as it does not change. */
export function versionOf(stat: Pick<BigIntStats, "mtimeNs" | "ino" | "size">): string {
  return [stat.mtimeNs, stat.ino, stat.size].map((part) => part.toString(36)).join("-");
}

/** The system's error code, `ENOENT` and the like. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
