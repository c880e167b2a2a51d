import {
  type ArrayMetadata,
  formatChunkKey,
  openShardIndex,
  parseArrayV3,
  parseShardingConfiguration,
  type ShardIndexReader,
  type ShardingConfiguration,
} from "@zarr-gateway/codecs";
import { type ChunkIndex, clippedShape, indicesWithin } from "@zarr-gateway/dataset";
import { type CallOptions, isGatewayError, parseJson } from "@zarr-gateway/primitives";
import type { ByteStore } from "@zarr-gateway/stores";

interface ShardedArray {
  readonly metadata: ArrayMetadata;
  readonly sharding: ShardingConfiguration;
  readonly reader: ShardIndexReader;
  /** Keys of shards that are whole: they stay so. */
  readonly whole: Set<string>;
}

/** What lies at a path; `sharded` is absent for arrays without shards, and for those that nobody here understands. */
interface Node {
  readonly text: string;
  readonly isArray: boolean;
  readonly sharded?: ShardedArray;
}

/** Between two looks at a document, whose array may grow. */
const LOOK_MS = 200;
const MAX_NODES = 4096;
const MAX_WHOLE = 100_000;

/**
 * Tells shards of a store that is being written whose chunks are all there from those that lack some: writers that know nothing
 * of the next step write a shard anew for each of its chunks, and what is not in it yet would read as fill.
 */
export class WholeShards {
  readonly #store: ByteStore;
  readonly #now: () => number;
  readonly #nodes = new Map<string, { readonly at: number; readonly node: Node | undefined }>();

  constructor(store: ByteStore, now: () => number = () => performance.now()) {
    this.#store = store;
    this.#now = now;
  }

  /** True for whatever is no shard, and for shards that are not there. */
  async has(key: string, { signal }: CallOptions = {}): Promise<boolean> {
    const options = { signal };
    const found = await this.#arrayOf(key, options);
    if (found === undefined) return true;
    const { array, rest } = found;
    if (array.whole.has(rest)) return true;
    const index = indexOf(rest, array.metadata);
    if (index === undefined) return true;
    const isWhole = await this.#isWhole(key, index, array, options);
    if (isWhole && array.whole.size < MAX_WHOLE) array.whole.add(rest);
    return isWhole;
  }

  async #isWhole(
    key: string,
    index: ChunkIndex,
    { metadata, sharding, reader }: ShardedArray,
    options: CallOptions,
  ): Promise<boolean> {
    const length = reader.byteLength;
    const range = reader.location === "start" ? { offset: 0, length } : { suffix: length };
    const bytes = await this.#store.get(key, { ...options, range });
    if (bytes === undefined) return true;
    try {
      const entries = reader.parse(bytes);
      const counts = clippedShape(metadata.encoding.grid, index).map((size, axis) =>
        Math.ceil(size / (sharding.chunkShape[axis] ?? 1)),
      );
      for (const position of indicesWithin(counts)) if (entries.entry(position) === undefined) return false;
      return true;
    } catch (error) {
      // its writer may be in the middle of it; damage shows when it is done
      if (isGatewayError(error) && error.code === "upstream") return false;
      throw error;
    }
  }

  /** From the root down to the first array; groups may have names like parts of a chunk's key. */
  async #arrayOf(
    key: string,
    options: CallOptions,
  ): Promise<{ readonly array: ShardedArray; readonly rest: string } | undefined> {
    const parts = key.split("/");
    for (let depth = 0; depth < parts.length; depth += 1) {
      const node = await this.#node(parts.slice(0, depth).join("/"), options);
      if (node === undefined) return undefined;
      if (node.isArray) return node.sharded && { array: node.sharded, rest: parts.slice(depth).join("/") };
    }
    return undefined;
  }

  async #node(path: string, options: CallOptions): Promise<Node | undefined> {
    const known = this.#nodes.get(path);
    const at = this.#now();
    if (known !== undefined && at - known.at < LOOK_MS) return known.node;
    const bytes = await this.#store.get(path === "" ? "zarr.json" : `${path}/zarr.json`, options);
    const text = bytes && Buffer.from(bytes).toString();
    const node = text === known?.node?.text ? known?.node : text && (await nodeOf(text));
    this.#nodes.delete(path);
    this.#nodes.set(path, { at, node: node === "" ? undefined : node });
    const [oldest] = this.#nodes.size > MAX_NODES ? this.#nodes.keys() : [];
    if (oldest !== undefined) this.#nodes.delete(oldest);
    return node === "" ? undefined : node;
  }
}

async function nodeOf(text: string): Promise<Node> {
  try {
    const document = parseJson(text);
    const isArray =
      typeof document === "object" &&
      document !== null &&
      "node_type" in document &&
      document["node_type"] === "array";
    if (!isArray) return { text, isArray: false };
    const metadata = parseArrayV3(document);
    const [first, ...others] = metadata.encoding.codecs;
    if (first?.name !== "sharding_indexed" || others.length > 0) return { text, isArray: true };
    const sharding = parseShardingConfiguration(first);
    const reader = await openShardIndex(sharding, metadata.encoding.grid.chunkShape);
    return { text, isArray: true, sharded: { metadata, sharding, reader, whole: new Set() } };
  } catch (error) {
    // who opens the dataset says what is wrong with a document
    if (isGatewayError(error) || error instanceof SyntaxError) return { text, isArray: true };
    throw error;
  }
}

function indexOf(rest: string, { chunkKeys, encoding }: ArrayMetadata): ChunkIndex | undefined {
  const index = rest
    .replace(/^c[/.]?/, "")
    .split(/[/.]/)
    .filter((part) => part !== "")
    .map(Number);
  const isChunk = index.length === encoding.grid.shape.length && formatChunkKey(chunkKeys, index) === rest;
  return isChunk ? index : undefined;
}
