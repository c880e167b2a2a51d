import { type CodecSpec, elementCount, type Values } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import type { ArrayLayout, CodecConfiguration } from "./codec.ts";
import { readConfiguration } from "./configuration.ts";
import { loadPipeline } from "./pipeline.ts";

/** The configuration of a `sharding_indexed` codec, checked. */
export interface ShardingConfiguration {
  /** Shape of the inner chunks. */
  readonly chunkShape: readonly number[];
  readonly codecs: readonly CodecSpec[];
  readonly indexCodecs: readonly CodecSpec[];
  readonly indexLocation: "start" | "end";
}

/** Where one inner chunk lies inside its shard. */
export interface ShardEntry {
  readonly offset: number;
  readonly length: number;
}

/** The decoded index of one shard. */
export interface ShardIndex {
  /** Position of an inner chunk inside its shard (not in the array); undefined: never written, reads as fill. */
  entry(position: readonly number[]): ShardEntry | undefined;
}

/** Reads and writes the indexes of shards of one shape. */
export interface ShardIndexReader {
  readonly location: "start" | "end";
  /** Bytes of the encoded index: read these from the start or the end of the shard. */
  readonly byteLength: number;
  /**
   * @param bytes exactly `byteLength` bytes
   * @param shardBytes size of the whole shard where known: entries beyond it are damage
   * @throws GatewayError upstream when a checksum is wrong or an entry lies outside the shard
   */
  parse(bytes: Uint8Array, shardBytes?: number): ShardIndex;
  /** One entry for every inner chunk, in C order. */
  format(entries: readonly (ShardEntry | undefined)[]): Uint8Array;
}

/** Both words of an entry that was never written. */
const MISSING = 0xffff_ffff_ffff_ffffn;

/**
 * @see Zarr v3 §sharding-indexed codec
 * @throws GatewayError upstream when the configuration is malformed
 */
export function parseShardingConfiguration(spec: CodecSpec): ShardingConfiguration {
  const reader = readConfiguration(spec.name, spec.configuration);
  const location = reader.string("index_location", "end");
  if (location !== "start" && location !== "end") return reader.fail("index_location", '"start" or "end"');
  return {
    chunkShape: reader.integers("chunk_shape", 1) ?? reader.fail("chunk_shape", "a list of lengths"),
    codecs: parseCodecs(spec.configuration["codecs"]) ?? reader.fail("codecs", "a list of codecs"),
    indexCodecs:
      parseCodecs(spec.configuration["index_codecs"]) ?? reader.fail("index_codecs", "a list of codecs"),
    indexLocation: location,
  };
}

function parseCodecs(value: unknown): readonly CodecSpec[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const codecs = value.map(parseCodec);
  return codecs.includes(undefined) ? undefined : (codecs as CodecSpec[]); // checked just before
}

/** Zarr v3 lets a codec without configuration be its name alone. */
function parseCodec(value: unknown): CodecSpec | undefined {
  if (typeof value === "string") return { name: value, configuration: {} };
  if (typeof value !== "object" || value === null || !("name" in value)) return undefined;
  const configuration = "configuration" in value ? value.configuration : {};
  if (typeof value.name !== "string" || typeof configuration !== "object") return undefined;
  return { name: value.name, configuration: (configuration ?? {}) as CodecConfiguration }; // an object with unknown values
}

/**
 * No I/O but loading the index codecs.
 * @throws GatewayError upstream when inner chunks do not fill the shard, or the index has no fixed size
 */
export async function openShardIndex(
  sharding: ShardingConfiguration,
  shardShape: readonly number[],
): Promise<ShardIndexReader> {
  const counts = innerCounts(sharding.chunkShape, shardShape);
  const total = elementCount(counts);
  const layout: ArrayLayout = { dtype: "uint64", shape: [...counts, 2], fill: MISSING };
  const pipeline = await loadPipeline(sharding.indexCodecs, layout);
  const byteLength = pipeline.encodedSize;
  if (byteLength === undefined) {
    throw new GatewayError(
      "upstream",
      "the index of a shard must have a fixed size: its codecs may not compress",
    );
  }
  return {
    location: sharding.indexLocation,
    byteLength,
    parse(bytes, shardBytes) {
      if (bytes.length !== byteLength) {
        throw new GatewayError(
          "upstream",
          `the index of a shard has ${bytes.length} bytes, not ${byteLength}`,
        );
      }
      return indexOver(pipeline.decode(bytes), counts, shardBytes);
    },
    format(entries) {
      const words = new BigUint64Array(2 * total).fill(MISSING);
      for (const [position, entry] of entries.entries()) {
        if (entry) words.set([BigInt(entry.offset), BigInt(entry.length)], 2 * position);
      }
      return pipeline.encode(words);
    },
  };
}

/** Inner chunks along each dimension of a shard. */
export function innerCounts(chunkShape: readonly number[], shardShape: readonly number[]): number[] {
  const isTiled =
    chunkShape.length === shardShape.length &&
    chunkShape.every((length, axis) => (shardShape[axis] ?? 0) % length === 0);
  if (!isTiled) {
    throw new GatewayError("upstream", `inner chunks [${chunkShape}] do not fill a shard of [${shardShape}]`);
  }
  return chunkShape.map((length, axis) => (shardShape[axis] ?? 0) / length);
}

function indexOver(words: Values, counts: readonly number[], shardBytes: number | undefined): ShardIndex {
  return {
    entry(position) {
      const at = 2 * position.reduce((sum, value, axis) => sum * (counts[axis] ?? 1) + value, 0);
      const [offset, length] = [words[at], words[at + 1]];
      if (offset === MISSING && length === MISSING) return undefined;
      const entry = { offset: Number(offset), length: Number(length) };
      const end = entry.offset + entry.length;
      if (!Number.isSafeInteger(end) || end > (shardBytes ?? Number.MAX_SAFE_INTEGER)) {
        throw new GatewayError(
          "upstream",
          `an entry of a shard's index reaches to byte ${end}, past its end`,
        );
      }
      return entry;
    },
  };
}
