import { hash } from "node:crypto";
import { type ChunkCoder, encodeFilledChunk } from "@zarr-gateway/codecs";
import type { ChunkIndex, StoredStat } from "@zarr-gateway/dataset";
import type { Resource } from "@zarr-gateway/http";
import { type ByteCache, type CallOptions, GatewayError, timed } from "@zarr-gateway/primitives";
import type { RawVariable } from "./raw-variable.ts";

export interface RawServices {
  readonly cache: ByteCache;
  readonly coder: ChunkCoder;
}

export interface RawChunkRequest {
  readonly raw: RawVariable;
  readonly index: ChunkIndex;
  /** Dataset and variable. */
  readonly scope: string;
  readonly version: string | undefined;
  readonly cacheControl: string;
}

/** A chunk as it is stored. One that was never written is made only where clients would take 404 for missing data. */
export function rawChunk(request: RawChunkRequest, services: RawServices): Resource {
  const { raw, index, scope, version, cacheControl } = request;
  let isMissing = false;
  let seen: StoredStat | undefined;
  return {
    contentType: "application/octet-stream",
    shareable: true,
    cacheControl,
    async stat(options) {
      const stat = await raw.stored.stat(index, options);
      seen = stat;
      isMissing = stat === undefined && raw.fillsMissingChunks;
      if (stat === undefined) return isMissing ? {} : undefined;
      const { size, freshUntil } = stat;
      const known = stat.version ?? version;
      if (known === undefined) return { size };
      const etag = hash("sha1", `${scope} ${index.join(".")} ${known} ${size}`, "base64url");
      return { size, etag, ...(freshUntil !== undefined && { freshUntil }) };
    },
    async read(range, { signal, timings }) {
      // its size is not in `stat`, so that it is always asked for as a whole
      if (isMissing) return filledChunk(request, services, { signal });
      const bytes = await timed(timings, "read", () =>
        raw.stored.read(index, range ? { range, signal } : { signal }),
      );
      if (bytes === undefined && raw.fillsMissingChunks) throw changed(index, "was removed");
      // a part must not be of another version than the others; the whole is looked at where that costs nothing
      if (seen === undefined || (seen.freshUntil === undefined && range === undefined)) return bytes;
      const now = await raw.stored.stat(index, { signal });
      if (now?.version !== seen.version) throw changed(index, "has changed");
      return bytes;
    },
  };
}

function changed(index: ChunkIndex, how: string): GatewayError {
  const message = `chunk [${index.join(", ")}] ${how} while it was read, try again`;
  return new GatewayError("upstream", message, { changed: true });
}

async function filledChunk(
  { raw, scope, version }: RawChunkRequest,
  { cache, coder }: RawServices,
  options: CallOptions,
): Promise<Uint8Array> {
  const make = (shared: CallOptions): Promise<Uint8Array> =>
    encodeFilledChunk(coder, raw.description.encoding, shared);
  if (version === undefined) return make(options);
  return (await cache.getOrCreate(`references ${version} ${scope} fill`, make, options)) ?? make(options);
}
