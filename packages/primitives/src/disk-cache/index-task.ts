import { closeSync, mkdirSync, openSync, readdirSync, readSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { entryPath, HEADER_BYTES, parseHeader, roomOf } from "./entry-file.ts";
import { IndexDatabase, type IndexedEntry } from "./index-database.ts";

/** A folder of entries, as its index thread sees it. */
export interface IndexedFolder {
  readonly path: string;
  readonly maxBytes: number;
}
export interface Admitted {
  readonly bytes: number;
  readonly evictions: number;
}

/** Whoever wrote it would have been through by now. */
const ABANDONED_MS = 10 * 60_000;

const open = new Map<string, IndexDatabase>();

/** Makes folder and index where there are none. Answers the bytes that are counted. */
export function openIndex({ path }: IndexedFolder): number {
  return withIndex(path, (index) => index.bytes);
}

/** Takes room for an entry that is about to be written, and removes what has to go for it. */
export function admit({ path, maxBytes, entry }: IndexedFolder & { readonly entry: IndexedEntry }): Admitted {
  return withIndex(path, (index) => {
    const evicted = index.admit(entry, maxBytes);
    removeAll(path, evicted);
    return { bytes: index.bytes, evictions: evicted.length };
  });
}

/** After the file has its name: others may have evicted the entry meanwhile, and did not find the file then. */
export function settle({ path, name }: { readonly path: string; readonly name: string }): void {
  withIndex(path, (index) => {
    if (!index.has(name)) removeAll(path, [name]);
  });
}

/** Notes that entries were asked for. Answers the bytes that are counted. */
export function touch({ path, names }: { readonly path: string; readonly names: readonly string[] }): number {
  return withIndex(path, (index) => {
    index.touch(names);
    return index.bytes;
  });
}

/** Removes a file that is damaged, or was not written. */
export function forget({ path, name }: { readonly path: string; readonly name: string }): void {
  removeAll(path, [name]);
  withIndex(path, (index) => index.forget(name));
}

/**
 * Makes index and files of one of the 256 folders agree: what a process that was killed left behind is counted or
 * removed. Answers the bytes that are counted.
 */
export function sweep({ path, maxBytes, shard }: IndexedFolder & { readonly shard: string }): Admitted {
  return withIndex(path, (index) => {
    const known = index.below(shard);
    const files = new Set<string>();
    const found: IndexedEntry[] = [];
    for (const file of filesIn(join(path, shard))) {
      const whole = join(path, shard, file);
      if (!/^[0-9a-f]{64}$/.test(file)) removeAbandoned(whole);
      else {
        files.add(file);
        const entry = known.has(file) ? undefined : readEntry(whole, file);
        if (entry) found.push(entry);
      }
    }
    const before = Date.now() - ABANDONED_MS;
    const missing = [...known].filter(([name, addedAt]) => !files.has(name) && addedAt < before);
    const evicted = index.reconcile(
      found,
      missing.map(([name]) => name),
      maxBytes,
    );
    removeAll(path, evicted);
    return { bytes: index.bytes, evictions: evicted.length };
  });
}

function withIndex<Result>(path: string, work: (index: IndexDatabase) => Result): Result {
  const known = open.get(path);
  const index = known ?? openAt(path);
  open.set(path, index);
  try {
    return work(index);
  } catch (error) {
    open.delete(path); // the next call opens it anew, and mends it where it is damaged
    index.close();
    throw error;
  }
}

function openAt(path: string): IndexDatabase {
  mkdirSync(path, { recursive: true, mode: 0o700 });
  return new IndexDatabase(join(path, "index.sqlite"));
}

function removeAll(path: string, names: readonly string[]): void {
  for (const name of names) rmSync(entryPath(path, name), { force: true });
}

function removeAbandoned(file: string): void {
  const stat = statSync(file, { throwIfNoEntry: false });
  if (stat?.isFile() && stat.mtimeMs < Date.now() - ABANDONED_MS) rmSync(file, { force: true });
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
}

/** undefined, and no longer there, where it is none. */
function readEntry(file: string, name: string): IndexedEntry | undefined {
  const header = Buffer.alloc(HEADER_BYTES);
  try {
    const descriptor = openSync(file, "r");
    try {
      readSync(descriptor, header, 0, HEADER_BYTES, 0);
    } finally {
      closeSync(descriptor);
    }
    const parsed = parseHeader(header);
    const stat = statSync(file);
    if (parsed?.name === name && parsed.size === stat.size - HEADER_BYTES) {
      return { name, bytes: roomOf(stat.size), costMs: parsed.costMs };
    }
    rmSync(file, { force: true });
    return undefined;
  } catch (error) {
    if (isMissing(error)) return undefined; // evicted meanwhile
    throw error;
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}
