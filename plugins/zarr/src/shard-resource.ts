import { openShardIndex, parseShardingConfiguration, type ShardIndexReader } from "@zarr-gateway/codecs";
import { type ChunkIndex, type ChunkVersion, joinedVersion } from "@zarr-gateway/dataset";
import type { Resource, ResourceStat } from "@zarr-gateway/http";
import { type CallOptions, GatewayError, mapConcurrently } from "@zarr-gateway/primitives";
import {
  type ChunkRequest,
  type ChunkServices,
  cachePrefix,
  chunkHeaders,
  type Range,
  tagOf,
} from "./chunk-request.ts";
import type { ChunkOrigin, Publication } from "./publication.ts";
import { ABSENT, type InnerChunks, innerChunks, ShardLayout, type ShardPart } from "./shard-layout.ts";

export interface ShardServices extends ChunkServices {
  readonly chunkResource: (request: ChunkRequest, services: ChunkServices) => Resource;
}

type ShardOrigin = Extract<ChunkOrigin, { kind: "sharded" }>;

/** Inner chunks made at once. */
const MAX_CONCURRENT = 8;
/** How long sizes are believed where nobody can tell whether the data have changed. */
const UNVERSIONED_MS = 2000;

/**
 * A shard that nobody stores: every part of it is made of the inner chunks it touches. Where the codecs give chunks of
 * one size, all inner chunks are there and the index needs none of them; else each has to be encoded once for its size,
 * and those that are all fill are absent. The bytes are the same however often, and in whatever parts, they are made.
 * @see Zarr v3 §sharding-indexed codec
 */
export function shardResource(request: ChunkRequest, origin: ShardOrigin, services: ShardServices): Resource {
  const shard = new Shard(request, origin, services);
  return {
    ...chunkHeaders(request),
    stat: (options) => shard.stat(options),
    measure: (options) => shard.measure(options),
    read: (range, options) => shard.read(range, options),
  };
}

class Shard {
  readonly #request: ChunkRequest;
  readonly #services: ShardServices;
  readonly #inner: Publication;
  readonly #innerBytes: number | undefined;
  readonly #chunks: InnerChunks;
  readonly #key: string;

  constructor(request: ChunkRequest, { inner, innerBytes }: ShardOrigin, services: ShardServices) {
    this.#request = request;
    this.#services = services;
    this.#inner = inner;
    this.#innerBytes = innerBytes;
    const { grid } = request.publication.description.encoding;
    this.#chunks = innerChunks(inner.description.encoding.grid, grid.chunkShape, request.index);
    this.#key = `${cachePrefix(request)} shard ${request.index.join(".")}`;
  }

  async stat(options: CallOptions): Promise<ResourceStat> {
    const version = await this.#version(options);
    if (version === undefined) return {};
    const tag = tagOf(this.#request, version === "as dataset" ? undefined : { size: 0, ...version });
    const sizes = this.#services.shardSizes.peek(this.#sizesKey(version));
    return { ...tag, ...(sizes && { size: (await this.#layoutOf(sizes)).size }) };
  }

  async measure(options: CallOptions): Promise<number | undefined> {
    const layout = await this.#layout(options);
    return layout.isEmpty ? undefined : layout.size;
  }

  async read(range: Range, options: CallOptions): Promise<Uint8Array | undefined> {
    const layout = await this.#layout(options);
    if (layout.isEmpty) return undefined;
    const wanted = range ?? { offset: 0, length: layout.size };
    const result = Buffer.allocUnsafeSlow(wanted.length);
    let at = 0;
    const places = layout.partsOf(wanted).map((part) => {
      const place = { part, at };
      at += part.to - part.from;
      return place;
    });
    await mapConcurrently(places, MAX_CONCURRENT, async (place) => {
      result.set(await this.#part(place.part, layout, options), place.at);
    });
    return result;
  }

  async #part({ position, size, from, to }: ShardPart, layout: ShardLayout, options: CallOptions) {
    if (position === "index") return layout.indexBytes().subarray(from, to);
    const index = this.#chunks.at(position);
    const resource = index && this.#chunk(index);
    const stat = await resource?.stat(options);
    const isPart = to - from < size && resource?.wholeOnly !== true && stat?.size === size;
    const bytes =
      stat && (await resource?.read(isPart ? { offset: from, length: to - from } : undefined, options));
    if (bytes?.length !== (isPart ? to - from : size)) throw changed(this.#request);
    return isPart ? bytes : bytes.subarray(from, to);
  }

  async #layout(options: CallOptions): Promise<ShardLayout> {
    const version = await this.#version(options);
    const find = (shared: CallOptions) => this.#findSizes(shared);
    return this.#layoutOf(await this.#services.shardSizes.sizes(this.#sizesKey(version), find, options));
  }

  async #findSizes(options: CallOptions): Promise<Uint32Array> {
    const sizes = new Uint32Array(this.#chunks.count).fill(ABSENT);
    const positions = Array.from(sizes.keys());
    await mapConcurrently(positions, MAX_CONCURRENT, async (position) => {
      options.signal?.throwIfAborted();
      const index = this.#chunks.at(position);
      if (index === undefined) return;
      sizes[position] = this.#innerBytes ?? (await this.#sizeOf(index, options)) ?? ABSENT;
    });
    return sizes;
  }

  async #sizeOf(index: ChunkIndex, options: CallOptions): Promise<number | undefined> {
    const resource = this.#chunk(index);
    const stat = await resource.stat(options);
    return stat && (stat.size ?? (await resource.read(undefined, options))?.length);
  }

  /** An inner chunk, as it would be published without shards. */
  #chunk(index: ChunkIndex): Resource {
    const { scope, store } = this.#request;
    const request = { publication: this.#inner, index, scope: `${scope} inner`, store };
    return this.#services.chunkResource(request, this.#services);
  }

  /** The dataset's, where that covers every chunk; else made of those of all inner chunks. */
  async #version(options: CallOptions): Promise<ChunkVersion | "as dataset" | undefined> {
    const { source } = this.#inner.variable;
    if (source.version === undefined) return "as dataset";
    return this.#services.shardSizes.version(this.#key, () => {
      const positions = Array.from({ length: this.#chunks.count }, (_, position) => position);
      const indices = positions
        .map((position) => this.#chunks.at(position))
        .filter((index) => index !== undefined);
      return joinedVersion(source, indices, { timings: options.timings });
    });
  }

  #sizesKey(version: ChunkVersion | "as dataset" | undefined): string {
    if (version === "as dataset") return this.#key;
    const unversioned = `for ${Math.floor(performance.now() / UNVERSIONED_MS)}`;
    return `${this.#key} ${version?.version ?? unversioned}`;
  }

  async #layoutOf(sizes: Uint32Array): Promise<ShardLayout> {
    return new ShardLayout(sizes, await indexReader(this.#request.publication));
  }
}

const readers = new WeakMap<Publication, Promise<ShardIndexReader>>();

function indexReader(publication: Publication): Promise<ShardIndexReader> {
  const known = readers.get(publication);
  if (known) return known;
  const { codecs, grid } = publication.description.encoding;
  const [sharding] = codecs;
  if (sharding === undefined) throw new GatewayError("internal", "a shard without its codec");
  const reader = openShardIndex(parseShardingConfiguration(sharding), grid.chunkShape);
  readers.set(publication, reader);
  return reader;
}

function changed({ index }: ChunkRequest): GatewayError {
  const message = `the data of shard [${index.join(", ")}] changed while it was read, try again`;
  return new GatewayError("upstream", message, { changed: true });
}
