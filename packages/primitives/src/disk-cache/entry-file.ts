import { hash } from "node:crypto";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import type { KeptBytes } from "../disk-cache.ts";

/*
 * An entry is one file: 64 bytes of header, then the bytes. Little-endian.
 *   0  8 bytes  "zgwcache"
 *   8  uint16   1, the version of this format
 *  10  uint16   1 where the bytes are known to be absent, else 0
 *  12  uint32   CRC-32 of header (this field 0) and bytes
 *  16  float64  milliseconds it took to make the bytes
 *  24  float64  number of bytes behind the header
 *  32  32 bytes SHA-256 of the key, which is also the file's name: keys may hold addresses, and are not written
 */
export const HEADER_BYTES = 64;
const MAGIC = Buffer.from("zgwcache", "latin1");
const FORMAT_VERSION = 1;
const CRC_OFFSET = 12;
const DIGEST_OFFSET = 32;
/** About 2 ms of checksum at once. */
const SLICE_BYTES = 8 * 1024 * 1024;

/** A file is as large as its blocks, and its name in folder and index takes room as well. */
const BLOCK_BYTES = 4096;
const NAME_BYTES = 512;

export interface EntryHeader {
  readonly isAbsent: boolean;
  readonly crc: number;
  readonly costMs: number;
  readonly size: number;
  readonly name: string;
}

/** Name of a key's file; another generation of the program has other names for the same keys. */
export function entryName(generation: string, key: string): string {
  return hash("sha256", `${generation}\n${key}`, "hex");
}

/** Bytes that a file takes of the disk, and of the folder's bound. */
export function roomOf(fileBytes: number): number {
  return Math.ceil(fileBytes / BLOCK_BYTES) * BLOCK_BYTES + NAME_BYTES;
}

/** Two hexadecimal digits are a folder. */
export function entryPath(folder: string, name: string): string {
  return join(folder, name.slice(0, 2), name);
}

/** Header and body, in the order in which they are written. */
export async function formatEntry(name: string, { bytes, costMs }: KeptBytes): Promise<[Buffer, Uint8Array]> {
  const header = Buffer.alloc(HEADER_BYTES);
  const body = bytes ?? new Uint8Array(0);
  header.set(MAGIC);
  header.writeUInt16LE(FORMAT_VERSION, 8);
  header.writeUInt16LE(bytes === undefined ? 1 : 0, 10);
  header.writeDoubleLE(costMs, 16);
  header.writeDoubleLE(body.length, 24);
  header.write(name, DIGEST_OFFSET, "hex");
  header.writeUInt32LE(await checksum(header, body), CRC_OFFSET);
  return [header, body];
}

/** undefined: not an entry of this format. */
export function parseHeader(bytes: Buffer): EntryHeader | undefined {
  if (bytes.length < HEADER_BYTES || !bytes.subarray(0, 8).equals(MAGIC)) return undefined;
  if (bytes.readUInt16LE(8) !== FORMAT_VERSION) return undefined;
  const costMs = bytes.readDoubleLE(16);
  if (!Number.isFinite(costMs) || costMs < 0) return undefined;
  return {
    isAbsent: bytes.readUInt16LE(10) === 1,
    crc: bytes.readUInt32LE(CRC_OFFSET),
    costMs,
    size: bytes.readDoubleLE(24),
    name: bytes.toString("hex", DIGEST_OFFSET, HEADER_BYTES),
  };
}

/** undefined: not exactly what was written under this name. */
export async function parseEntry(name: string, file: Buffer): Promise<KeptBytes | undefined> {
  const header = parseHeader(file);
  if (header === undefined || header.name !== name || header.size !== file.length - HEADER_BYTES)
    return undefined;
  const body = file.subarray(HEADER_BYTES);
  const clean = Buffer.from(file.subarray(0, HEADER_BYTES));
  clean.writeUInt32LE(0, CRC_OFFSET);
  if ((await checksum(clean, body)) !== header.crc) return undefined;
  return { bytes: header.isAbsent ? undefined : body, costMs: header.costMs };
}

/** In slices, so that other requests get their turn. */
async function checksum(header: Buffer, body: Uint8Array): Promise<number> {
  let crc = crc32(header);
  for (let start = 0; start < body.length; start += SLICE_BYTES) {
    if (start > 0) await new Promise(setImmediate);
    crc = crc32(body.subarray(start, start + SLICE_BYTES), crc);
  }
  return crc;
}
