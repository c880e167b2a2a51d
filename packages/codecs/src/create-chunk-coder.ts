import { GatewayError, type WorkerPool } from "@zarr-gateway/primitives";
import type { ChunkCoder } from "./chunk-coder.ts";

export interface ChunkCoderOptions {
  /** Where larger chunks are coded; without it everything runs on the calling thread. */
  readonly pool?: WorkerPool | undefined;
  /** Chunks with compressors and at least this many decoded bytes go to the pool. Default 64 KiB. */
  readonly thresholdBytes?: number | undefined;
  /** Chunks that are declared larger are refused, and strings of a chunk stop here. Default 1 GiB. */
  readonly maxChunkBytes?: number | undefined;
}

export function createChunkCoder(_options: ChunkCoderOptions = {}): ChunkCoder {
  throw new GatewayError("internal", "not built yet");
}
