import type { ChunkVersion } from "@zarr-gateway/dataset";
import type { Resource, ResourceStat } from "@zarr-gateway/http";
import { type CacheOptions, type CallOptions, timed } from "@zarr-gateway/primitives";
import { Changed } from "./changed.ts";
import {
  type ChunkRequest,
  type ChunkServices,
  cachePrefix,
  chunkHeaders,
  filledChunk,
  SETTLED_MS,
  slice,
  tagOf,
} from "./chunk-request.ts";

/** What tells that a chunk has changed: its own version, the dataset's, or (undefined) nothing. */
type Content = ChunkVersion | "as dataset" | undefined;

/** A chunk that is decoded and encoded anew, once for all who ask. */
export function encodedChunk(request: ChunkRequest, services: ChunkServices): Resource {
  const { source } = request.publication.variable;
  let content: Content = "as dataset";
  const found = (now: Content): ResourceStat => {
    content = now;
    const key = keyOf(request, now);
    const known = key === undefined ? undefined : services.cache.peek(key);
    return { ...tag(request, now), ...(known && { size: known.length }) };
  };
  return {
    ...chunkHeaders(request),
    wholeOnly: true,
    stat: (options) => source.version?.(request.index, options).then(found) ?? found("as dataset"),
    async read(range, options) {
      const bytes = await readEncoded(request, services, content, options);
      return bytes && slice(bytes, range);
    },
  };
}

function tag(request: ChunkRequest, content: Content): ResourceStat {
  if (content === undefined) return {};
  return tagOf(request, content === "as dataset" ? undefined : { size: 0, ...content });
}

function keyOf(request: ChunkRequest, content: Content): string | undefined {
  if (content === undefined) return undefined;
  const key = `${cachePrefix(request)} ${request.index.join(".")}`;
  return content === "as dataset" ? key : `${key} ${content.version}`;
}

/** Only what can no longer change under its key outlives the process. */
function diskUse({ store }: ChunkRequest, content: ChunkVersion | "as dataset"): CacheOptions["disk"] {
  const isOwn = content !== "as dataset";
  if (store.version === undefined || !(isOwn || store.coversChunks)) return undefined;
  const changedAt = (isOwn ? content.modifiedAt : undefined) ?? store.changedAt;
  return Date.now() - changedAt > SETTLED_MS ? "keep" : "read";
}

async function readEncoded(
  request: ChunkRequest,
  services: ChunkServices,
  content: Content,
  { signal, timings, client }: CallOptions,
): Promise<Uint8Array | undefined> {
  const key = keyOf(request, content);
  if (content === undefined || key === undefined)
    return encode(request, services, { signal, timings, client });
  const create = async (shared: CallOptions): Promise<Uint8Array | undefined> => {
    const bytes = await encode(request, services, { ...shared, timings, client });
    if (!(await isUnchanged(request, content, shared))) throw new Changed(bytes);
    return bytes;
  };
  try {
    const disk = diskUse(request, content);
    return await services.cache.getOrCreate(key, create, { signal, timings, disk });
  } catch (error) {
    if (error instanceof Changed) return error.bytes;
    throw error;
  }
}

async function isUnchanged(
  { publication, index }: ChunkRequest,
  content: Content,
  options: CallOptions,
): Promise<boolean> {
  if (content === undefined || content === "as dataset") return true;
  return (await publication.variable.source.version?.(index, options))?.version === content.version;
}

async function encode(
  request: ChunkRequest,
  services: ChunkServices,
  { signal, timings, client }: CallOptions,
): Promise<Uint8Array | undefined> {
  const { publication, index } = request;
  const { variable, description, fillsMissingChunks, absentFill } = publication;
  const { source } = variable;
  // what makes its chunks tells itself what took how long
  const chunk =
    source.made === undefined
      ? await timed(timings, "read", () => source.read(index, { signal, client }))
      : await source.read(index, { signal, client, timings });
  if (chunk === undefined) return fillsMissingChunks ? filledChunk(request, services, { signal }) : undefined;
  return timed(timings, "encode", () =>
    absentFill === null
      ? services.coder.encodeAlways(description.encoding, index, chunk, { signal })
      : services.coder.encode({ ...description.encoding, fill: absentFill }, index, chunk, { signal }),
  );
}
