import { promisify } from "node:util";
import { zstdDecompress } from "node:zlib";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { ByteStat, ByteStore } from "@zarr-gateway/stores";
import { readWithStat } from "../../zarr/shard-indexes.ts";
import { damagedObject } from "./damaged-object.ts";
import { FlatBuffer } from "./flatbuffer.ts";

/** Kinds of files by the number in their header. */
export const OBJECT_KINDS = { snapshot: 1, manifest: 2, "repo info": 6 } as const;
export type ObjectKind = keyof typeof OBJECT_KINDS;

export interface ObjectFile {
  readonly buffer: FlatBuffer;
  readonly stat: ByteStat;
  /** Of the format. */
  readonly version: number;
}

/** `ICE🧊CHUNK` in UTF-8. */
const MAGIC = Uint8Array.of(0x49, 0x43, 0x45, 0xf0, 0x9f, 0xa7, 0x8a, 0x43, 0x48, 0x55, 0x4e, 0x4b);
/** Magic, name of the writer, version, kind, compression. */
const HEADER_BYTES = 12 + 24 + 3;
/**
 * The output is taken in pieces, which have to be joined on the event loop's thread. References shrink to about a tenth,
 * so that one piece of this many times what is stored holds nearly every file.
 */
const PIECE_FACTOR = 16;
const MAX_PIECE_BYTES = 128 * 1024 * 1024;
const decompress = promisify(zstdDecompress);

/**
 * A file of the repository, decompressed; undefined when there is none.
 * @param maxBytes of it, stored as well as decompressed
 * @throws GatewayError upstream when it is damaged, unsupported when it is larger or of a later version of the format
 */
export async function readObjectFile(
  store: ByteStore,
  key: string,
  { kind, maxBytes, signal }: CallOptions & { readonly kind: ObjectKind; readonly maxBytes: number },
): Promise<ObjectFile | undefined> {
  const found = await readBounded(store, key, maxBytes, { signal });
  if (!found) return undefined;
  const { compression, version } = checkHeader(found.bytes, key, kind);
  const payload = found.bytes.subarray(HEADER_BYTES);
  const bytes = compression === 0 ? payload : await decompressed(payload, key, maxBytes);
  signal?.throwIfAborted();
  return { buffer: new FlatBuffer(alone(bytes), key), stat: found.stat, version };
}

export function hasIcechunkMagic(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, position) => bytes[position] === byte);
}

/** @returns among others the compression: 0 none, 1 zstd */
function checkHeader(
  bytes: Uint8Array,
  key: string,
  kind: ObjectKind,
): { readonly compression: 0 | 1; readonly version: number } {
  if (!hasIcechunkMagic(bytes)) throw damagedObject(key, "it does not begin as a file of Icechunk");
  const [version = 0, type, compression] = bytes.subarray(36, HEADER_BYTES);
  if (version > 2) {
    const message = `"${key}" is of version ${version} of the Icechunk format, versions 1 and 2 are known`;
    throw new GatewayError("unsupported", message, { key });
  }
  if (version === 0 || type !== OBJECT_KINDS[kind]) throw damagedObject(key, `it is not a ${kind} file`);
  if (compression === 0 || compression === 1) return { compression, version };
  throw damagedObject(key, `it is compressed in an unknown way (${compression})`);
}

async function decompressed(payload: Uint8Array, key: string, maxBytes: number): Promise<Uint8Array> {
  try {
    const options = {
      maxOutputLength: maxBytes,
      chunkSize: Math.min(MAX_PIECE_BYTES, Math.max(64, PIECE_FACTOR * payload.length)),
    };
    return await decompress(payload, options);
  } catch (error) {
    const code = (error as { readonly code?: unknown }).code; // errors of node:zlib have one
    if (code === "ERR_BUFFER_TOO_LARGE") throw tooLarge(key, maxBytes);
    throw damagedObject(key, "it cannot be decompressed", error);
  }
}

/** Without the larger buffer that short bytes may be a part of, and would keep in memory. */
function alone(bytes: Uint8Array): Uint8Array {
  return bytes.buffer.byteLength > 2 * bytes.length ? new Uint8Array(bytes) : bytes;
}

async function readBounded(
  store: ByteStore,
  key: string,
  maxBytes: number,
  { signal }: CallOptions,
): Promise<{ readonly bytes: Uint8Array; readonly stat: ByteStat } | undefined> {
  // one byte more than allowed tells whether there is more
  const options = { range: { offset: 0, length: maxBytes + 1 }, signal };
  const found = await readWithStat(store, key, options);
  if (found && found.bytes.length > maxBytes) throw tooLarge(key, maxBytes);
  return found;
}

function tooLarge(key: string, maxBytes: number): GatewayError {
  const message = `"${key}" of the Icechunk repository is larger than ${maxBytes} bytes`;
  return new GatewayError("unsupported", message, { key });
}
