import type { Resource } from "@zarr-gateway/http";
import type { CallOptions } from "@zarr-gateway/primitives";
import {
  type ChunkRequest,
  type ChunkServices,
  cachePrefix,
  chunkHeaders,
  filledChunk,
  slice,
  tagOf,
} from "./chunk-request.ts";

/** A chunk that is decoded and encoded anew, once for all who ask. */
export function encodedChunk(request: ChunkRequest, services: ChunkServices): Resource {
  const key = `${cachePrefix(request)} ${request.index.join(".")}`;
  return {
    ...chunkHeaders(request),
    wholeOnly: true,
    stat() {
      const known = services.cache.peek(key);
      return { ...tagOf(request, undefined), ...(known && { size: known.length }) };
    },
    async read(range, { signal }) {
      const bytes = await services.cache.getOrCreate(key, (shared) => encode(request, services, shared), {
        signal,
      });
      return bytes && slice(bytes, range);
    },
  };
}

async function encode(
  request: ChunkRequest,
  services: ChunkServices,
  options: CallOptions,
): Promise<Uint8Array | undefined> {
  const { publication, index } = request;
  const { variable, description, fillsMissingChunks, absentFill } = publication;
  const chunk = await variable.source.read(index, options);
  if (chunk === undefined) return fillsMissingChunks ? filledChunk(request, services, options) : undefined;
  if (absentFill === null) return services.coder.encodeAlways(description.encoding, index, chunk, options);
  return services.coder.encode({ ...description.encoding, fill: absentFill }, index, chunk, options);
}
