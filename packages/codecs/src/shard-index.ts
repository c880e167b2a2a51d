import type { CodecSpec } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";

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

/** Reads the indexes of shards of one shape. */
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
}

/** @throws GatewayError upstream when the configuration is malformed */
export function parseShardingConfiguration(_spec: CodecSpec): ShardingConfiguration {
  throw new GatewayError("internal", "not built yet");
}

/** No I/O but loading the index codecs. */
export function openShardIndex(
  _sharding: ShardingConfiguration,
  _shardShape: readonly number[],
): Promise<ShardIndexReader> {
  throw new GatewayError("internal", "not built yet");
}
