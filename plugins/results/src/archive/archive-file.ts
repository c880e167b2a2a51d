import { hash } from "node:crypto";
import type { FileRange, ResultEntry, ResultFile } from "@zarr-gateway/jobs";
import { type CallOptions, GatewayError, mapConcurrently } from "@zarr-gateway/primitives";
import { streamed } from "../files/streamed.ts";
import { added, type ManifestIndex, PAGE_ENTRIES } from "../manifest/manifest-file.ts";
import { centralLength, localOffset, type ZipLayout, type ZipSums, zipLayout } from "./zip-layout.ts";
import { centralHeader, localHeader, type ZipEntry, type ZipTime, zipEnd, zipTime } from "./zip-records.ts";

export interface ArchiveParts {
  /** Stands before each name, without a slash. */
  readonly root: string;
  readonly index: ManifestIndex;
  /** Entries of one page of the manifest. */
  page(number: number, options: CallOptions): Promise<readonly ResultEntry[]>;
  /** Exactly these bytes of a file. */
  read(path: string, range: FileRange, options: CallOptions): Promise<Uint8Array>;
}

/** All files as a stored zip archive that exists nowhere: a range reads what lies in it, and nothing else. */
export function archiveFile(parts: ArchiveParts): ResultFile {
  const { root, index } = parts;
  const layout = zipLayout(index.total, Buffer.byteLength(`${root}/`));
  const archive = new Archive(parts, layout);
  const read = (range: FileRange, options: CallOptions = {}): Promise<Uint8Array> =>
    archive.read(range, options);
  return {
    path: `${root}.zip`,
    size: layout.size,
    mediaType: "application/zip",
    version: hash("sha256", `zip 1 ${root} ${index.createdAt} ${index.digest}`).slice(0, 40),
    modifiedAt: index.createdAt,
    givesExclusive: true,
    read,
    stream: (range = { offset: 0, length: layout.size }, options = {}) => streamed(read, range, options),
  };
}

type Section = "local" | "central";

/** An entry and all that comes before it. */
interface Placed {
  readonly entry: ResultEntry;
  readonly before: ZipSums;
}

/** Files of one piece read at once. */
const CONCURRENT_READS = 8;

class Archive {
  readonly #parts: ArchiveParts;
  readonly #layout: ZipLayout;
  readonly #time: ZipTime;
  /** The page that was needed last: the next range begins where the last one ended. */
  #page: { readonly number: number; readonly entries: readonly ResultEntry[] } | undefined;

  constructor(parts: ArchiveParts, layout: ZipLayout) {
    this.#parts = parts;
    this.#layout = layout;
    this.#time = zipTime(parts.index.createdAt);
  }

  async read({ offset, length }: FileRange, options: CallOptions): Promise<Uint8Array> {
    const { centralOffset, endOffset, size } = this.#layout;
    if (offset < 0 || length < 0 || offset + length > size)
      throw new GatewayError("invalid_request", `the archive has ${size} bytes`);
    const piece = new Piece(offset, length);
    if (piece.end > 0 && offset < centralOffset) await this.#fill(piece, "local", options);
    if (piece.end > centralOffset && offset < endOffset) await this.#fill(piece, "central", options);
    if (piece.end > endOffset) piece.put(endOffset, zipEnd(this.#layout));
    return piece.bytes;
  }

  async #fill(piece: Piece, section: Section, options: CallOptions): Promise<void> {
    const { pages } = this.#parts.index;
    const startOf = (before: ZipSums): number => this.#offsetOf(section, before);
    const first = lastAtMost(
      pages.length,
      (number) => startOf(pages[number]?.before ?? NOTHING) <= piece.offset,
    );
    for (let number = first; number < pages.length; number += 1) {
      let before = pages[number]?.before ?? NOTHING;
      if (startOf(before) >= piece.end) return;
      const touched: Placed[] = [];
      for (const entry of await this.#entries(number, options)) {
        if (startOf(before) >= piece.end) break;
        const next = added(before, entry);
        if (startOf(next) > piece.offset) touched.push({ entry, before });
        before = next;
      }
      await mapConcurrently(touched, CONCURRENT_READS, (placed) =>
        this.#put(piece, section, placed, options),
      );
    }
  }

  #offsetOf(section: Section, before: ZipSums): number {
    if (section === "local") return localOffset(this.#layout, before);
    return this.#layout.centralOffset + centralLength(this.#layout, before);
  }

  async #put(piece: Piece, section: Section, { entry, before }: Placed, options: CallOptions): Promise<void> {
    const { isZip64 } = this.#layout;
    const at = this.#offsetOf(section, before);
    const { size, crc32 } = entry;
    const zipped: ZipEntry = { name: Buffer.from(`${this.#parts.root}/${entry.path}`), size, crc32 };
    if (section === "central") {
      const offset = localOffset(this.#layout, before);
      piece.put(at, centralHeader({ ...zipped, offset }, this.#time, isZip64));
      return;
    }
    const header = localHeader(zipped, this.#time, isZip64);
    piece.put(at, header);
    const data = at + header.length;
    const from = Math.max(0, piece.offset - data);
    const to = Math.min(size, piece.end - data);
    if (from >= to) return;
    const bytes = await this.#parts.read(entry.path, { offset: from, length: to - from }, options);
    if (bytes.length !== to - from)
      throw new GatewayError("upstream", `"${entry.path}" is shorter than the manifest says`);
    piece.put(data + from, bytes);
  }

  async #entries(number: number, options: CallOptions): Promise<readonly ResultEntry[]> {
    if (this.#page?.number === number) return this.#page.entries;
    const entries = await this.#parts.page(number, options);
    const expected = Math.min(PAGE_ENTRIES, this.#parts.index.total.files - number * PAGE_ENTRIES);
    if (entries.length !== expected)
      throw new GatewayError("upstream", "the manifest of the results is damaged");
    this.#page = { number, entries };
    return entries;
  }
}

const NOTHING: ZipSums = { files: 0, bytes: 0, pathBytes: 0 };

/** The bytes of a range, filled from whatever overlaps with it. */
class Piece {
  readonly offset: number;
  readonly end: number;
  readonly bytes: Buffer;

  constructor(offset: number, length: number) {
    this.offset = offset;
    this.end = offset + length;
    this.bytes = Buffer.alloc(length);
  }

  put(at: number, bytes: Uint8Array): void {
    const from = Math.max(at, this.offset);
    const to = Math.min(at + bytes.length, this.end);
    if (from < to) this.bytes.set(bytes.subarray(from - at, to - at), from - this.offset);
  }
}

/** The last of `count` numbers for which it holds, which holds for all before it; 0 where it holds for none. */
function lastAtMost(count: number, holds: (number: number) => boolean): number {
  let low = 0;
  let high = Math.max(0, count - 1);
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (holds(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
