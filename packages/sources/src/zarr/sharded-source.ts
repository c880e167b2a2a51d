import {
  formatChunkKey,
  openShardIndex,
  type ShardIndexReader,
  type ShardingConfiguration,
} from "@zarr-gateway/codecs";
import type { ArrayEncoding, ChunkIndex, ChunkSource } from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import {
  assertInGrid,
  inChunk,
  storedChunks,
  versionOf,
  type ZarrArray,
  type ZarrContext,
} from "./array-source.ts";
import { documentKey } from "./read-document.ts";
import { readWithStat, type ShardIndexes } from "./shard-indexes.ts";

/** Times that a read starts again because the shard was written anew between reading its index and a chunk. */
const MAX_ATTEMPTS = 3;

/**
 * An array of shards, as the grid of its inner chunks: a chunk is read by its place in the shard's index, so that
 * nobody pays for the rest of the shard. `stored` are the shards.
 */
export function createShardedSource(
  array: ZarrArray,
  sharding: ShardingConfiguration,
  context: ZarrContext & { readonly indexes: ShardIndexes },
): ChunkSource {
  const shards = array.encoding.grid;
  const inner: ArrayEncoding = {
    ...array.encoding,
    grid: { shape: shards.shape, chunkShape: sharding.chunkShape },
    codecs: sharding.codecs,
  };
  const stored = storedChunks(array, context);
  const reader = openedOnce(() => openShardIndex(sharding, shards.chunkShape));
  return {
    dtype: inner.dtype,
    grid: inner.grid,
    fill: inner.fill,
    stored,
    version: async (index, options) =>
      versionOf(await stored.stat(placeOf(array, sharding, index).shard, options)),
    async read(index, options = {}) {
      assertInGrid(inner.grid, index, array.path);
      try {
        const place = placeOf(array, sharding, index);
        const bytes = await readInner(place, await reader(), context, options);
        return bytes && (await context.coder.decode(inner, index, bytes, options));
      } catch (error) {
        throw inChunk(error, array.path, index);
      }
    },
  };
}

/** Where an inner chunk is to be found. */
interface InnerPlace {
  readonly key: string;
  readonly shard: ChunkIndex;
  /** Of the inner chunk in its shard. */
  readonly position: ChunkIndex;
}

function placeOf(array: ZarrArray, sharding: ShardingConfiguration, index: ChunkIndex): InnerPlace {
  const perShard = array.encoding.grid.chunkShape.map(
    (length, axis) => length / (sharding.chunkShape[axis] ?? 1),
  );
  const shard = index.map((value, axis) => Math.floor(value / (perShard[axis] ?? 1)));
  return {
    shard,
    key: documentKey(array.path, formatChunkKey(array.chunkKeys, shard)),
    position: index.map((value, axis) => value % (perShard[axis] ?? 1)),
  };
}

/** Encoded bytes of an inner chunk, of the same version of the shard as the index that led to them. */
async function readInner(
  { key, position }: InnerPlace,
  reader: ShardIndexReader,
  { store, indexes }: ZarrContext & { readonly indexes: ShardIndexes },
  options: CallOptions,
): Promise<Uint8Array | undefined> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    const shard = await indexes.get(key, reader, options);
    if (!shard) return undefined;
    const entry = shard.index.entry(position);
    const found = entry
      ? await readWithStat(store, key, { ...options, range: entry })
      : { bytes: undefined, stat: await store.stat(key, options) };
    if (found?.stat?.version === shard.stat.version && found?.stat?.size === shard.stat.size) {
      if (!entry || found.bytes?.length === entry.length) return found.bytes;
      throw new GatewayError("upstream", `the shard "${key}" is truncated`, { key });
    }
    indexes.forget(key);
  }
  throw new GatewayError("upstream", `the shard "${key}" changes faster than it can be read, try again`, {
    key,
  });
}

/** Opens at the first call and remembers it, unless it fails. */
function openedOnce<Value>(open: () => Promise<Value>): () => Promise<Value> {
  let opened: Promise<Value> | undefined;
  return () => {
    opened ??= open().catch((error: unknown) => {
      opened = undefined;
      throw error;
    });
    return opened;
  };
}
