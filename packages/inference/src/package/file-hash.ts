import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, readFile, rename, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { CallOptions } from "@zarr-gateway/primitives";
import { createExternalDataScan } from "./external-data.ts";

/** What is known of a file's bytes. */
export interface FileHash {
  /** In hex. */
  readonly sha256: string;
  /** Of graphs: files in which tensors lie. */
  readonly external: readonly string[];
}

export interface HashOptions extends CallOptions {
  /** Where hashes are kept beyond this process: graphs have gigabytes. */
  readonly cacheFolder?: string;
}

interface KnownHash extends FileHash {
  readonly stamp: string;
}

/** Half a millisecond of hashing, so that whoever else runs here waits no longer. */
const CHUNK_BYTES = 256 * 1024;
/** Clocks of file systems are coarse: bytes that changed a moment ago may change again under the same time. */
const SETTLED_MS = 2000;
const MAX_KNOWN = 1000;
const known = new Map<string, KnownHash>();

/**
 * Hash of a file, streamed; of one that has the size, time and inode that it had before, without reading it.
 * @param path absolute
 */
export async function hashFile(path: string, options: HashOptions = {}): Promise<FileHash> {
  const stamp = await stampOf(path);
  const found = known.get(path) ?? (await readKept(path, options));
  if (found !== undefined && found.stamp === stamp.text) {
    remember(path, found);
    return found;
  }
  const hashed = await hashBytes(path, options);
  // a file that changed while it was read has no hash that anything could be told by
  if ((await stampOf(path)).text !== stamp.text) return hashFile(path, options);
  if (Date.now() - stamp.changedMs < SETTLED_MS) return hashed;
  const kept = { ...hashed, stamp: stamp.text };
  remember(path, kept);
  await keep(path, kept, options);
  return hashed;
}

async function stampOf(path: string): Promise<{ readonly text: string; readonly changedMs: number }> {
  const { size, mtimeNs, ctimeNs, ino, dev } = await stat(path, { bigint: true });
  return {
    text: [size, mtimeNs, ctimeNs, ino, dev].join("-"),
    changedMs: Math.max(Number(mtimeNs), Number(ctimeNs)) / 1e6,
  };
}

async function hashBytes(path: string, { signal }: CallOptions): Promise<FileHash> {
  const hash = createHash("sha256");
  const scan = /\.onnx$/i.test(path) ? createExternalDataScan() : undefined;
  for await (const chunk of createReadStream(path, { highWaterMark: CHUNK_BYTES, signal })) {
    const bytes = chunk as Uint8Array; // a stream without encoding
    hash.update(bytes);
    scan?.push(bytes);
  }
  return { sha256: hash.digest("hex"), external: scan?.locations() ?? [] };
}

function remember(path: string, hash: KnownHash): void {
  known.delete(path);
  known.set(path, hash);
  const [oldest] = known.keys();
  if (known.size > MAX_KNOWN && oldest !== undefined) known.delete(oldest);
}

function keptPath(path: string, cacheFolder: string): string {
  const name = createHash("sha256").update(path).digest("hex").slice(0, 32);
  return join(cacheFolder, "model-hashes", `${name}.json`);
}

async function readKept(path: string, { cacheFolder }: HashOptions): Promise<KnownHash | undefined> {
  if (cacheFolder === undefined) return undefined;
  const text = await readFile(keptPath(path, cacheFolder), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  try {
    const { stamp, sha256, external } = JSON.parse(text) as Partial<KnownHash>; // looked at below
    const isWhole = typeof stamp === "string" && typeof sha256 === "string" && Array.isArray(external);
    return isWhole ? { stamp, sha256, external: external.map(String) } : undefined;
  } catch {
    return undefined; // cut off by a full disk: hashed anew
  }
}

/** A cache that cannot be written costs time, never the model. */
async function keep(path: string, hash: KnownHash, { cacheFolder }: HashOptions): Promise<void> {
  if (cacheFolder === undefined) return;
  const target = keptPath(path, cacheFolder);
  const draft = `${target}.${process.pid}.draft`;
  await mkdir(join(cacheFolder, "model-hashes"), { recursive: true })
    .then(() => writeFile(draft, JSON.stringify(hash)))
    .then(() => rename(draft, target))
    .catch(() => undefined);
}
