import { hash } from "node:crypto";
import { type ChunkCoder, encodeFilledChunk } from "@zarr-gateway/codecs";
import type { ChunkIndex, StoredChunks, StoredStat } from "@zarr-gateway/dataset";
import type { Resource } from "@zarr-gateway/http";
import { type ByteCache, type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { Publication } from "./publication.ts";

export interface ChunkServices {
  readonly cache: ByteCache;
  readonly coder: ChunkCoder;
}

/** One chunk that lies inside the published grid. */
export interface ChunkRequest {
  readonly publication: Publication;
  readonly index: ChunkIndex;
  /** Dataset, variable and encoding. */
  readonly scope: string;
  /** Of the dataset; where it has none, only stored chunks with a version of their own have a validator. */
  readonly version: string | undefined;
  /** The version, or a word for the open dataset, which changes when it is opened anew. */
  readonly cacheVersion: string;
  readonly cacheControl: string;
}

type Range = { readonly offset: number; readonly length: number } | undefined;

export function chunkResource(request: ChunkRequest, services: ChunkServices): Resource {
  switch (request.publication.origin.kind) {
    case "encoded":
      return encodedChunk(request, services);
    case "framed":
      return framedChunk(request, services);
    case "stored":
      return storedChunk(request, services);
  }
}

function storedChunk(request: ChunkRequest, services: ChunkServices): Resource {
  const { origin, fillsMissingChunks } = request.publication;
  if (origin.kind !== "stored") throw new TypeError("not a stored chunk");
  let isMissing = false;
  return {
    ...chunkHeaders(request),
    async stat(options) {
      const stat = await origin.stored.stat(request.index, options);
      isMissing = stat === undefined && fillsMissingChunks;
      if (isMissing) return tagOf(request, undefined);
      return stat && { size: stat.size, ...tagOf(request, stat) };
    },
    read(range, { signal }) {
      if (isMissing) return filledChunk(request, services, { signal }).then((bytes) => slice(bytes, range));
      return readStored(request, origin.stored, range ? { range, signal } : { signal });
    },
  };
}

function framedChunk(request: ChunkRequest, services: ChunkServices): Resource {
  const { origin, fillsMissingChunks } = request.publication;
  if (origin.kind !== "framed") throw new TypeError("not a framed chunk");
  const { stored, frame } = origin;
  /** Of the stored bytes that go out. */
  let size: number | undefined;
  /** What Blosc would take for not compressed, or has a checksum, has to be looked at as a whole. */
  const isWhole = (): boolean => size === frame.chunkBytes || frame.trailerBytes > 0;
  return {
    ...chunkHeaders(request),
    get wholeOnly() {
      return isWhole();
    },
    async stat(options) {
      const stat = await stored.stat(request.index, options);
      if (stat === undefined) {
        size = undefined;
        return fillsMissingChunks ? tagOf(request, undefined) : undefined;
      }
      size = Math.max(0, stat.size - frame.trailerBytes);
      return { size: frame.prefixBytes + size, ...tagOf(request, stat) };
    },
    async read(range, { signal }) {
      if (size === undefined) return slice(await filledChunk(request, services, { signal }), range);
      const prefix = frame.prefix(size);
      if (range === undefined || isWhole()) {
        const bytes = await readStored(request, stored, { signal });
        return bytes && slice(Buffer.concat([prefix, await frame.body(bytes)]), range);
      }
      const head = prefix.subarray(range.offset, range.offset + range.length);
      const length = range.length - head.length;
      if (length === 0) return head;
      const offset = Math.max(0, range.offset - prefix.length);
      const tail = await readStored(request, stored, { range: { offset, length }, signal });
      return tail && (head.length === 0 ? tail : Buffer.concat([head, tail]));
    },
  };
}

/** A chunk that was there a moment ago may be gone now: absent, unless clients take absent for something else. */
async function readStored(
  { publication, index }: ChunkRequest,
  stored: StoredChunks,
  options: NonNullable<Parameters<StoredChunks["read"]>[1]>,
): Promise<Uint8Array | undefined> {
  const bytes = await stored.read(index, options);
  if (bytes === undefined && publication.fillsMissingChunks) throw removed(index);
  return bytes;
}

function removed(index: ChunkIndex): GatewayError {
  return new GatewayError("upstream", `chunk [${index.join(", ")}] was removed while it was read, try again`);
}

function encodedChunk(request: ChunkRequest, services: ChunkServices): Resource {
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

/** A chunk that was never written, as a real one. */
async function filledChunk(
  request: ChunkRequest,
  { cache, coder }: ChunkServices,
  options: CallOptions,
): Promise<Uint8Array> {
  const { encoding } = request.publication.description;
  const make = (shared: CallOptions): Promise<Uint8Array> => encodeFilledChunk(coder, encoding, shared);
  const bytes = await cache.getOrCreate(`${cachePrefix(request)} fill`, make, options);
  return bytes ?? make(options);
}

function chunkHeaders({
  cacheControl,
}: ChunkRequest): Pick<Resource, "contentType" | "cacheControl" | "shareable"> {
  return { contentType: "application/octet-stream", cacheControl, shareable: true };
}

function cachePrefix({ scope, cacheVersion }: ChunkRequest): string {
  return `zarr ${cacheVersion} ${scope}`;
}

function tagOf(request: ChunkRequest, stat: StoredStat | undefined): { etag?: string } {
  const version = stat?.version ?? request.version;
  if (version === undefined) return {};
  const content = `${request.scope} ${request.index.join(".")} ${version} ${stat?.size ?? ""}`;
  return { etag: hash("sha1", content, "base64url") };
}

function slice(bytes: Uint8Array, range: Range): Uint8Array {
  return range ? bytes.subarray(range.offset, range.offset + range.length) : bytes;
}
