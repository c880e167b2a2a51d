import {
  type Chunk,
  type ChunkSource,
  clippedShape,
  type DataType,
  elementCount,
  filledValues,
  isTimeType,
  postableChunk,
} from "@zarr-gateway/dataset";
import type { WorkerPool } from "@zarr-gateway/primitives";
import { bytesOf } from "../block.ts";
import { WORTH_TRIP_BYTES } from "../value-worker.ts";
import { type EstimatedSource, estimateOf } from "../view/work-estimate.ts";
import { MARK_MISSING } from "./group-worker.ts";
import { type MissingJob, missingChunk } from "./missing-chunk.ts";

export interface MissingOptions {
  readonly axis: number;
  /** 1 for each position along the axis that has no values. */
  readonly isMissing: Uint8Array;
  readonly pool: WorkerPool | undefined;
}

/** The type that xarray gives a variable when some of it becomes missing; undefined where it would be objects. */
export function typeWithMissing(dtype: DataType): DataType | undefined {
  if (dtype.startsWith("float") || isTimeType(dtype)) return dtype;
  if (/^u?int(8|16)$/.test(dtype)) return "float32";
  return /^u?int(32|64)$/.test(dtype) || dtype === "bool" ? "float64" : undefined;
}

/** The same values with NaN at some positions along an axis, as floats; of a type that `typeWithMissing` knows. */
export function withMissing(source: ChunkSource, { axis, isMissing, pool }: MissingOptions): ChunkSource {
  const dtype = typeWithMissing(source.dtype) ?? "float64";
  const { grid } = source;
  const length = grid.chunkShape[axis] ?? 1;
  const result: EstimatedSource = {
    dtype,
    grid,
    fill: isTimeType(dtype) ? -(2n ** 63n) : Number.NaN,
    estimate: (index) => estimateOf(source, index),
    ...(source.version && { version: source.version.bind(source) }),
    async read(index, options = {}) {
      const shape = clippedShape(grid, index);
      const chunk = (await source.read(index, options)) ?? {
        shape,
        values: filledValues(source.dtype, elementCount(shape), source.fill),
      };
      const start = (index[axis] ?? 0) * length;
      const job: MissingJob = { chunk, dtype, axis, isMissing: isMissing.slice(start, start + length) };
      if (pool === undefined || bytesOf(chunk.values) < WORTH_TRIP_BYTES)
        return { ...missingChunk(job), isExclusive: true };
      const { value, transfer } = postableChunk(chunk);
      const call = { signal: options.signal, transfer, isLaterStep: true };
      const marked: Chunk = await pool.run(MARK_MISSING, { ...job, chunk: value }, call);
      return { ...marked, isExclusive: true };
    },
  };
  return result;
}
