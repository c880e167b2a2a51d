import { type ChunkCoder, type ChunkKeyEncoding, formatChunkKey } from "@zarr-gateway/codecs";
import {
  type ArrayEncoding,
  bytesPerElement,
  type Chunk,
  type ChunkGrid,
  type ChunkIndex,
  type ChunkSource,
  type ChunkVersion,
  elementCount,
  isInsideGrid,
  type PendingChunk,
  type StoredChunks,
  type StoredLocation,
  type StoredStat,
} from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError, isGatewayError } from "@zarr-gateway/primitives";
import { type ByteStore, locationBelow } from "@zarr-gateway/stores";
import { documentKey } from "./read-document.ts";

/** An array of a store, understood. */
export interface ZarrArray {
  /** Path of the array in the store, "" for an array at the root. */
  readonly path: string;
  readonly encoding: ArrayEncoding;
  readonly chunkKeys: ChunkKeyEncoding;
}

/** What all arrays of a store share. */
export interface ZarrContext {
  readonly store: ByteStore;
  readonly coder: ChunkCoder;
  /** Where the store lies, for reference sets; without it chunks have no address. */
  readonly location?: URL;
  /** Where the bytes of a key lie, of stores that have them elsewhere than below one location. */
  readonly locate?: (key: string, options?: CallOptions) => Promise<StoredLocation | undefined>;
}

/** One object of the store a chunk. */
export function createArraySource(array: ZarrArray, context: ZarrContext): ChunkSource {
  const { encoding } = array;
  const stored = storedChunks(array, context);
  const { coder, store } = context;
  const isExclusive = store.givesExclusive === true;
  return {
    dtype: encoding.dtype,
    grid: encoding.grid,
    fill: encoding.fill,
    stored,
    version: async (index, options) => versionOf(await stored.stat(index, options)),
    async read(index, options = {}) {
      const bytes = await readLatest(stored, index, options);
      if (!bytes) return undefined;
      try {
        return await coder.decode(encoding, index, bytes, { ...options, isExclusive });
      } catch (error) {
        throw inChunk(error, array.path, index);
      }
    },
    async readPending(index, options = {}) {
      const bytes = await readLatest(stored, index, options);
      return bytes && decodedLater(bytes, { array, index, coder, isExclusive }, options);
    },
  };
}

interface ReadChunk {
  readonly array: ZarrArray;
  readonly index: ChunkIndex;
  readonly coder: ChunkCoder;
  readonly isExclusive: boolean;
}

async function decodedLater(
  bytes: Uint8Array,
  { array, index, coder, isExclusive }: ReadChunk,
  options: CallOptions,
): Promise<Chunk | PendingChunk> {
  try {
    const pending = coder.pending(array.encoding, index, bytes, { isExclusive });
    if (pending) return { ...pending, label: labelOf(array.path, index) };
    return await coder.decode(array.encoding, index, bytes, { ...options, isExclusive });
  } catch (error) {
    throw inChunk(error, array.path, index);
  }
}

/** An array whose values cannot be read here: its objects can only be passed on, in the words of one version of Zarr. */
export function createStoredOnlySource(
  array: ZarrArray,
  context: ZarrContext,
  { zarr, codec }: { readonly zarr: "v2" | "v3"; readonly codec: string },
): ChunkSource {
  const { dtype, grid, fill } = array.encoding;
  return {
    dtype,
    grid,
    fill,
    stored: storedChunks(array, context),
    storedOnly: zarr,
    async read() {
      const message = `the values of "/${array.path}" cannot be read: the codec "${codec}" is not known`;
      throw new GatewayError("unsupported", message, { variable: array.path, codec });
    },
  };
}

/** The objects of an array as they lie in the store: chunks, or whole shards. */
export function storedChunks(array: ZarrArray, context: ZarrContext): StoredChunks {
  const { grid, codecs } = array.encoding;
  const { store } = context;
  const locate = context.locate ?? locateBelow(context);
  const exact = exactBytes(array.encoding);
  const isSmall =
    elementCount(grid.chunkShape) * (bytesPerElement(array.encoding.dtype) ?? Infinity) <= MAX_BROUGHT_BYTES;
  /** What has no codec to notice it would go out as it is. */
  const checked = (index: ChunkIndex, size: number): void => {
    if (exact !== undefined && size !== exact)
      throw inChunk(new GatewayError("upstream", `${size} bytes, expected ${exact}`), array.path, index);
  };
  const keyOf = (index: ChunkIndex): string => {
    assertInGrid(grid, index, array.path);
    return documentKey(array.path, formatChunkKey(array.chunkKeys, index));
  };
  return {
    grid,
    codecs,
    async read(index, options) {
      const bytes = await store.get(keyOf(index), options);
      if (bytes && !options?.range) checked(index, bytes.length);
      return bytes;
    },
    async stat(index, options) {
      const key = keyOf(index);
      const brings = isSmall && options?.isReadNext === true;
      const stat = await (brings && store.statForRead
        ? store.statForRead(key, options)
        : store.stat(key, options));
      if (stat) checked(index, stat.size);
      return stat;
    },
    ...(locate && { locate: async (index, options) => locate(keyOf(index), options) }),
  };
}

/** Bytes as they are now, also where the object was another one when it was last looked at. */
async function readLatest(
  stored: StoredChunks,
  index: ChunkIndex,
  options: CallOptions,
): Promise<Uint8Array | undefined> {
  try {
    return await stored.read(index, options);
  } catch (error) {
    if (!isGatewayError(error) || error.details["changed"] !== true) throw error;
    return stored.read(index, options);
  }
}

/** Larger objects are looked at before they are read: they may be streamed, or only a part of them be wanted. */
const MAX_BROUGHT_BYTES = 16 * 1024 ** 2;

/** Larger chunks are refused where they are decoded. */
const MAX_EXACT_BYTES = 2 ** 31;

/** Bytes of any chunk where nothing but the values is stored. */
function exactBytes({ codecs, dtype, grid }: ArrayEncoding): number | undefined {
  const size = bytesPerElement(dtype);
  if (codecs.length !== 1 || codecs[0]?.name !== "bytes" || size === undefined) return undefined;
  const bytes = elementCount(grid.chunkShape) * size;
  return bytes <= MAX_EXACT_BYTES ? bytes : undefined;
}

/** Of a chunk that is made of one stored object. */
export function versionOf(stat: StoredStat | undefined): ChunkVersion | undefined {
  if (stat === undefined) return { version: "none" };
  const { version, size, modifiedAt } = stat;
  return version === undefined
    ? undefined
    : { version: `${version} ${size}`, ...(modifiedAt !== undefined && { modifiedAt }) };
}

function locateBelow({ store, location }: ZarrContext): ZarrContext["locate"] {
  if (!location) return undefined;
  return async (key, options) => {
    const stat = await store.stat(key, options);
    return stat && { url: locationBelow(location, key), offset: 0, length: stat.size };
  };
}

/** @throws GatewayError invalid_request when there is no such chunk */
export function assertInGrid(grid: ChunkGrid, index: ChunkIndex, path: string): void {
  if (isInsideGrid(grid, index)) return;
  throw new GatewayError("invalid_request", `"/${path}" has no chunk [${index.join(", ")}]`, {
    variable: path,
  });
}

/** Says which chunk it was. */
export function inChunk(error: unknown, path: string, index: ChunkIndex): unknown {
  if (!isGatewayError(error)) return error;
  const message = `${labelOf(path, index)}: ${error.message}`;
  return new GatewayError(error.code, message, { ...error.details, variable: path }, error);
}

function labelOf(path: string, index: ChunkIndex): string {
  return `chunk [${index.join(", ")}] of "/${path}"`;
}
