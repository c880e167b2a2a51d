import { type ChunkSource, postableChunk, roundedBits } from "@zarr-gateway/dataset";
import type { WorkerPool } from "@zarr-gateway/primitives";
import { bytesOf } from "./block.ts";
import { ROUND, WORTH_TRIP_BYTES } from "./value-worker.ts";
import { type EstimatedSource, estimateOf } from "./view/work-estimate.ts";

export interface RoundOptions {
  /** Bits of the mantissa that are kept. */
  readonly keepBits: number;
  /** Values that mean "missing" and stay as they are; the source's fill value is one of them. */
  readonly missing?: readonly number[];
  /** Where large chunks are rounded; the calling thread where absent. */
  readonly pool?: WorkerPool | undefined;
}

/**
 * Floats rounded to some bits, so that compressors find more to save (`roundedBits`); same chunks. Other types stay as
 * they are.
 */
export function rounded(source: ChunkSource, { keepBits, missing = [], pool }: RoundOptions): ChunkSource {
  const { dtype, grid, fill } = source;
  const kept = typeof fill === "number" ? [fill, ...missing] : missing;
  const result: EstimatedSource = {
    dtype,
    grid,
    fill,
    estimate: (index) => estimateOf(source, index),
    ...(source.version && { version: source.version.bind(source) }),
    async read(index, options = {}) {
      const chunk = await source.read(index, options);
      if (chunk === undefined) return undefined;
      if (pool === undefined || bytesOf(chunk.values) < WORTH_TRIP_BYTES)
        return { shape: chunk.shape, values: roundedBits(chunk.values, keepBits, kept) };
      const { value, transfer } = postableChunk(chunk);
      const shortened = await pool.run(
        ROUND,
        { chunk: value, keepBits, kept },
        { ...options, transfer, isLaterStep: true },
      );
      return { ...shortened, isExclusive: true };
    },
  };
  return result;
}
