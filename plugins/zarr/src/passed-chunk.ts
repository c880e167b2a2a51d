import type { StoredStat } from "@zarr-gateway/dataset";
import type { Resource } from "@zarr-gateway/http";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import {
  type ChunkRequest,
  type ChunkServices,
  chunkHeaders,
  filledChunk,
  type PublishedStore,
  type Range,
  SETTLED_MS,
  slice,
  tagOf,
} from "./chunk-request.ts";
import type { HotChunks } from "./hot-chunks.ts";
import type { Passage } from "./passage.ts";

/** A chunk whose stored bytes go out. */
export function passedChunk(request: ChunkRequest, services: ChunkServices, passage: Passage): Resource {
  const { index, store, publication } = request;
  const { hotChunks } = services;
  let found: Found | undefined;
  return {
    ...chunkHeaders(request),
    get wholeOnly() {
      return found !== undefined && passage.isWholeOnly(found.storedBytes);
    },
    async stat(options) {
      const stat = await passage.stat(options);
      found = undefined;
      if (stat === undefined) return publication.fillsMissingChunks ? tagOf(request, undefined) : undefined;
      const tag = tagOf(request, stat);
      found = foundOf(stat, tag.etag, store);
      return { size: passage.size(stat.size), ...tag };
    },
    async read(range, options) {
      if (found === undefined) return slice(await filledChunk(request, services, options), range);
      const bytes = await readPassed(passage, found, { range, hotChunks, options });
      // it was there a moment ago: absent now, unless clients take absent for something else
      if (bytes !== undefined || !publication.fillsMissingChunks) return bytes;
      const message = `chunk [${index.join(", ")}] was removed while it was read, try again`;
      throw new GatewayError("upstream", message);
    },
  };
}

/** A chunk as `stat` saw it. */
interface Found {
  readonly storedBytes: number;
  /** Changes when the bytes change; undefined where they may change without. */
  readonly key: string | undefined;
  readonly isSettled: boolean;
}

function foundOf(stat: StoredStat, etag: string | undefined, store: PublishedStore): Found {
  return {
    storedBytes: stat.size,
    key: stat.version !== undefined || store.isImmutable ? etag : undefined,
    isSettled: Date.now() - (stat.modifiedAt ?? store.openedAt) > SETTLED_MS,
  };
}

async function readPassed(
  passage: Passage,
  { storedBytes, key, isSettled }: Found,
  { range, hotChunks, options }: PassedRead,
): Promise<Uint8Array | undefined> {
  if (range !== undefined) {
    const kept = key === undefined ? undefined : hotChunks.peek(key);
    if (kept !== undefined) return slice(kept, range);
    if (!passage.isWholeOnly(storedBytes)) return passage.part(storedBytes, range, options);
  }
  const read = (call: CallOptions): Promise<Uint8Array | undefined> => passage.whole(storedBytes, call);
  const chunk = key === undefined ? undefined : { key, size: passage.size(storedBytes), isSettled, read };
  const bytes = await (chunk === undefined ? read(options) : hotChunks.read(chunk, options));
  return bytes && slice(bytes, range);
}

interface PassedRead {
  readonly range: Range;
  readonly hotChunks: HotChunks;
  readonly options: CallOptions;
}
