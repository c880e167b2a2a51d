import { createHash, hash } from "node:crypto";
import { open, readFile } from "node:fs/promises";
import type { EntryRange, ResultEntry } from "@zarr-gateway/jobs";
import { type CallOptions, GatewayError, isAbsent } from "@zarr-gateway/primitives";
import { z } from "zod";
import type { ZipSums } from "../archive/zip-layout.ts";

/**
 * A manifest on disk: a line of JSON an entry in `<name>.ndjson`, and in `<name>.json` where every thousandth line begins
 * and what comes before it, so that neither a page nor a piece of the archive needs the rest. Written once, never changed.
 */
export interface ManifestIndex {
  readonly job: string;
  readonly attempt: number;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** SHA-256 of the lines. */
  readonly digest: string;
  readonly total: ZipSums;
  readonly pages: readonly ManifestPage[];
}

export interface ManifestPage {
  /** Byte of its first line. */
  readonly offset: number;
  /** Of the entries before it. */
  readonly before: ZipSums;
}

export const PAGE_ENTRIES = 1000;
/** Lines gathered for one write. */
const WRITE_BYTES = 256 * 1024;
/** A page of the longest paths. */
const MAX_PAGE_BYTES = 16 * 1024 ** 2;

const sums = z.object({ files: z.int().min(0), bytes: z.int().min(0), pathBytes: z.int().min(0) });
const indexSchema = z.object({
  job: z.string(),
  attempt: z.int(),
  createdAt: z.number(),
  digest: z.string(),
  total: sums,
  pages: z.array(z.object({ offset: z.int().min(0), before: sums })),
});
const entrySchema = z.object({
  path: z.string(),
  size: z.int().min(0),
  mediaType: z.string(),
  sha256: z.string(),
  crc32: z.int().min(0),
});

/** What a manifest is of. */
export type ManifestHead = Pick<ManifestIndex, "job" | "attempt" | "createdAt">;

const NOTHING: ZipSums = { files: 0, bytes: 0, pathBytes: 0 };

/** Of a result without files: the record of its job says all of it, and nothing lies on the disk. */
export function emptyManifest({ job, attempt, createdAt }: ManifestHead): ManifestIndex {
  return { job, attempt, createdAt, digest: hash("sha256", ""), total: NOTHING, pages: [] };
}

/** Writes both files and has the disk keep them before it returns. */
export async function writeManifest(
  path: string,
  entries: readonly ResultEntry[],
  of: ManifestHead,
): Promise<ManifestIndex> {
  const digest = createHash("sha256");
  const pages: ManifestPage[] = [];
  let before = NOTHING;
  let offset = 0;
  const file = await open(`${path}.ndjson`, "w");
  try {
    let lines = "";
    const flush = async (): Promise<void> => {
      const bytes = Buffer.from(lines);
      digest.update(bytes);
      await file.writeFile(bytes);
      lines = "";
    };
    for (const entry of entries) {
      if (before.files % PAGE_ENTRIES === 0) pages.push({ offset, before });
      const line = `${JSON.stringify(entry)}\n`;
      lines += line;
      offset += Buffer.byteLength(line);
      before = added(before, entry);
      if (lines.length >= WRITE_BYTES) await flush();
    }
    await flush();
    const index = { ...of, digest: digest.digest("hex"), total: before, pages };
    // both at once: each waits for the disk
    await Promise.all([file.sync(), writeDurably(`${path}.json`, JSON.stringify(index))]);
    return index;
  } finally {
    await file.close();
  }
}

export function added(before: ZipSums, { path, size }: Pick<ResultEntry, "path" | "size">): ZipSums {
  return {
    files: before.files + 1,
    bytes: before.bytes + size,
    pathBytes: before.pathBytes + Buffer.byteLength(path),
  };
}

async function writeDurably(path: string, text: string): Promise<void> {
  const file = await open(path, "w");
  try {
    await file.writeFile(text);
    await file.sync();
  } finally {
    await file.close();
  }
}

/**
 * undefined: there is no such manifest.
 * @param of what the record says of it
 * @throws GatewayError upstream when it is damaged
 */
export async function readManifestIndex(
  path: string,
  { files, ...of }: ManifestHead & Pick<ZipSums, "files">,
): Promise<ManifestIndex | undefined> {
  if (files === 0) return emptyManifest(of);
  try {
    return indexSchema.parse(JSON.parse(await readFile(`${path}.json`, "utf8")));
  } catch (error) {
    if (isAbsent(error)) return undefined;
    throw new GatewayError("upstream", "the manifest of the results cannot be read", {}, error);
  }
}

/** Entries of a range, reading no more than the pages that it touches. */
export async function readEntries(
  path: string,
  index: ManifestIndex,
  range: EntryRange & CallOptions,
): Promise<ResultEntry[]> {
  const end = Math.min(range.offset + range.limit, index.total.files);
  const entries: ResultEntry[] = [];
  for (let at = range.offset; at < end; ) {
    const page = Math.floor(at / PAGE_ENTRIES);
    const all = await readPage(path, index, page, range);
    const part = all.slice(at - page * PAGE_ENTRIES, end - page * PAGE_ENTRIES);
    if (part.length === 0) throw new GatewayError("upstream", "the manifest of the results is too short");
    entries.push(...part);
    at += part.length;
  }
  return entries;
}

export async function readPage(
  path: string,
  { pages }: ManifestIndex,
  page: number,
  { signal }: CallOptions,
): Promise<ResultEntry[]> {
  const from = pages[page]?.offset;
  if (from === undefined) return [];
  signal?.throwIfAborted();
  const file = await open(`${path}.ndjson`, "r");
  try {
    const to = pages[page + 1]?.offset ?? (await file.stat()).size;
    const bytes = Buffer.allocUnsafe(Math.min(Math.max(0, to - from), MAX_PAGE_BYTES));
    const { bytesRead } = await file.read(bytes, 0, bytes.length, from);
    const lines = bytes.toString("utf8", 0, bytesRead).split("\n").slice(0, -1);
    return lines.map((line) => entrySchema.parse(JSON.parse(line)));
  } catch (error) {
    throw new GatewayError("upstream", "the manifest of the results cannot be read", {}, error);
  } finally {
    await file.close();
  }
}
