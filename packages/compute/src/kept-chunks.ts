import {
  bytesOfValues,
  type Chunk,
  type ChunkIndex,
  type ChunkSource,
  clippedShape,
  isStringValues,
  valuesOverBytes,
} from "@zarr-gateway/dataset";
import { type ByteCache, type CacheOptions, type CallOptions, SingleFlight } from "@zarr-gateway/primitives";

/** Where decoded chunks are kept for those who need another part of them. */
export interface KeptIn {
  readonly cache: ByteCache;
  /** Names source and version. */
  readonly key: string;
  /** Whether they outlive the process; asked each time. */
  readonly disk?: (() => CacheOptions["disk"]) | undefined;
}

/** Reads of a source whose decoded chunks stay for a while, and are decoded once for all who ask at the same time. */
export function keptChunks(
  source: ChunkSource,
  { cache, key, disk }: KeptIn,
): (index: ChunkIndex, options: CallOptions) => Promise<Chunk | undefined> {
  const { dtype, grid } = source;
  const read = async (index: ChunkIndex, options: CallOptions): Promise<Chunk | undefined> => {
    const chunk = await source.read(index, options);
    return chunk && { shape: chunk.shape, values: chunk.values }; // several get it
  };
  if (dtype === "string") {
    const flights = new SingleFlight<string, Chunk | undefined>();
    return (index, options) => flights.run(index.join("."), (shared) => read(index, shared), options);
  }
  return async (index, options) => {
    const version = source.version ? await source.version(index, options) : { version: "" };
    if (version === undefined) return read(index, options);
    const create = async (shared: CallOptions): Promise<Uint8Array | undefined> => {
      const chunk = await read(index, shared);
      return chunk && !isStringValues(chunk.values) ? bytesOfValues(chunk.values) : undefined;
    };
    const bytes = await cache.getOrCreate(`${key} ${index.join(".")} ${version.version}`, create, {
      ...options,
      disk: disk?.(),
    });
    return bytes && { shape: clippedShape(grid, index), values: valuesOverBytes(dtype, bytes) };
  };
}
