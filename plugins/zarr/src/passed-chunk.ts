import type { StoredStat } from "@zarr-gateway/dataset";
import type { Resource } from "@zarr-gateway/http";
import { type CallOptions, GatewayError, timed } from "@zarr-gateway/primitives";
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
  const { store, publication } = request;
  const { hotChunks } = services;
  let found: Found | undefined;
  return {
    ...chunkHeaders(request),
    get wholeOnly() {
      return found !== undefined && passage.isWholeOnly(found.stat.size);
    },
    get kept() {
      const key = found?.key;
      if (key === undefined || hotChunks.peek(key) === undefined) return undefined;
      return () => hotChunks.peek(key);
    },
    async stat(options) {
      const stat = await passage.stat(options);
      found = undefined;
      if (stat === undefined) return publication.fillsMissingChunks ? tagOf(request, undefined) : undefined;
      const tag = tagOf(request, stat);
      found = foundOf(stat, tag.etag, store);
      const { size, freshUntil } = stat;
      return { size: passage.size(size), ...tag, ...(freshUntil !== undefined && { freshUntil }) };
    },
    async read(range, options) {
      if (found === undefined) return slice(await filledChunk(request, services, options), range);
      const bytes = await readPassed(passage, found, { request, range, hotChunks, options });
      // it was there a moment ago: absent now, unless clients take absent for something else
      if (bytes !== undefined || !publication.fillsMissingChunks) return bytes;
      throw changed(request, "was removed");
    },
  };
}

/** A chunk as `stat` saw it. */
interface Found {
  readonly stat: StoredStat;
  /** Changes when the bytes change; undefined where they may change without. */
  readonly key: string | undefined;
  readonly isSettled: boolean;
}

function foundOf(stat: StoredStat, etag: string | undefined, store: PublishedStore): Found {
  return {
    stat,
    key: stat.version !== undefined || store.isImmutable ? etag : undefined,
    isSettled: Date.now() - (stat.modifiedAt ?? store.openedAt) > SETTLED_MS,
  };
}

async function readPassed(
  passage: Passage,
  { stat, key, isSettled }: Found,
  { request, range, hotChunks, options }: PassedRead,
): Promise<Uint8Array | undefined> {
  const { timings } = options;
  const read = async (part: Range, call: CallOptions): Promise<Uint8Array | undefined> => {
    const bytes = await timed(timings, "read", () =>
      part === undefined ? passage.whole(stat.size, call) : passage.part(stat.size, part, call),
    );
    // a part must not be of another version than the others; the whole is looked at where that costs nothing
    if (stat.freshUntil === undefined && part === undefined) return bytes;
    // the file may have been opened anew, or the object replaced, since `stat` looked
    if ((await passage.stat(call))?.version !== stat.version) throw changed(request, "has changed");
    return bytes;
  };
  if (range !== undefined) {
    const kept = key === undefined ? undefined : hotChunks.peek(key);
    if (kept !== undefined) return slice(kept, range);
    if (!passage.isWholeOnly(stat.size)) return read(range, options);
  }
  const whole = (call: CallOptions): Promise<Uint8Array | undefined> => read(undefined, call);
  const chunk =
    key === undefined ? undefined : { key, size: passage.size(stat.size), isSettled, read: whole };
  const bytes = await (chunk === undefined ? whole(options) : hotChunks.read(chunk, options));
  return bytes && slice(bytes, range);
}

function changed({ index }: ChunkRequest, how: string): GatewayError {
  const message = `chunk [${index.join(", ")}] ${how} while it was read, try again`;
  return new GatewayError("upstream", message, { changed: true });
}

interface PassedRead {
  readonly request: ChunkRequest;
  readonly range: Range;
  readonly hotChunks: HotChunks;
  readonly options: CallOptions;
}
