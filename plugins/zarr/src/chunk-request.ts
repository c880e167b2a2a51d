import { hash } from "node:crypto";
import { type ChunkCoder, encodeFilledChunk } from "@zarr-gateway/codecs";
import type { ChunkIndex, StoredStat } from "@zarr-gateway/dataset";
import type { Resource } from "@zarr-gateway/http";
import type { ByteCache, CallOptions } from "@zarr-gateway/primitives";
import type { HotChunks } from "./hot-chunks.ts";
import type { Publication } from "./publication.ts";
import type { ShardSizes } from "./shard-sizes.ts";

export interface ChunkServices {
  readonly cache: ByteCache;
  readonly hotChunks: HotChunks;
  readonly coder: ChunkCoder;
  readonly shardSizes: ShardSizes;
}

/** One chunk that lies inside the published grid. */
export interface ChunkRequest {
  readonly publication: Publication;
  readonly index: ChunkIndex;
  /** Dataset, variable and encoding. */
  readonly scope: string;
  readonly store: PublishedStore;
}

/** What all chunks of one open dataset share. */
export interface PublishedStore {
  /** Of the dataset; where it has none, only stored chunks with a version of their own have a validator. */
  readonly version: string | undefined;
  /** The version, or a word for the open dataset, which changes when it is opened anew. */
  readonly cacheVersion: string;
  readonly isImmutable: boolean;
  /** False where chunks may change under `version`. */
  readonly coversChunks: boolean;
  /** Milliseconds since 1970: when what `version` is of changed last, at the latest. */
  readonly changedAt: number;
  readonly cacheControl: string;
  /** Milliseconds since 1970. */
  readonly openedAt: number;
}

/** Longer than the steps of any clock that dates files: what changed before may no longer change under its version. */
export const SETTLED_MS = 2000;

export type Range = { readonly offset: number; readonly length: number } | undefined;

export function chunkHeaders({
  store,
}: ChunkRequest): Pick<Resource, "contentType" | "cacheControl" | "shareable"> {
  return { contentType: "application/octet-stream", cacheControl: store.cacheControl, shareable: true };
}

export function cachePrefix({ scope, store }: ChunkRequest): string {
  return `zarr ${store.cacheVersion} ${scope}`;
}

export function tagOf(request: ChunkRequest, stat: StoredStat | undefined): { etag?: string } {
  const version = stat?.version ?? request.store.version;
  if (version === undefined) return {};
  const content = `${request.scope} ${request.index.join(".")} ${version} ${stat?.size ?? ""}`;
  return { etag: hash("sha1", content, "base64url") };
}

export function slice(bytes: Uint8Array, range: Range): Uint8Array {
  return range ? bytes.subarray(range.offset, range.offset + range.length) : bytes;
}

/** A chunk that was never written, as a real one. */
export async function filledChunk(
  request: ChunkRequest,
  { cache, coder }: ChunkServices,
  options: CallOptions,
): Promise<Uint8Array> {
  const { encoding } = request.publication.description;
  const make = (shared: CallOptions): Promise<Uint8Array> => encodeFilledChunk(coder, encoding, shared);
  const bytes = await cache.getOrCreate(`${cachePrefix(request)} fill`, make, options);
  return bytes ?? make(options);
}
