import {
  bytesPerElement,
  type Chunk,
  type ChunkGrid,
  type ChunkIndex,
  type ChunkSource,
  clippedShape,
  elementCount,
  isInsideGrid,
  postableChunk,
} from "@zarr-gateway/dataset";
import type { WorkerPool } from "@zarr-gateway/primitives";
import { bytesOf } from "../block.ts";
import { WORTH_TRIP_BYTES } from "../value-worker.ts";
import { type EstimatedSource, estimateOf } from "../view/work-estimate.ts";
import { arrangedChunk } from "./arranged-chunk.ts";
import { ARRANGE } from "./group-worker.ts";

/** An axis of the source, or a new one along which every value is the same. */
export type ArrangedAxis = { readonly from: number } | { readonly length: number };

/** Chunks that a new axis makes longer stay below this. */
const MAX_BYTES = 4 * 1024 * 1024;

/** The axes of a source in another order, and new ones; every axis of the source is named once. */
export function arranged(
  source: ChunkSource,
  axes: readonly ArrangedAxis[],
  pool: WorkerPool | undefined,
): ChunkSource {
  const isSame =
    axes.length === source.grid.shape.length && axes.every((axis, at) => "from" in axis && axis.from === at);
  if (isSame) return source;
  const grid = arrangedGrid(source, axes);
  const inner = (index: ChunkIndex): ChunkIndex => {
    const result = source.grid.shape.map(() => 0);
    for (const [at, axis] of axes.entries()) if ("from" in axis) result[axis.from] = index[at] ?? 0;
    return result;
  };
  const from = axes.map((axis) => ("from" in axis ? axis.from : -1));
  const result: EstimatedSource = {
    dtype: source.dtype,
    fill: source.fill,
    grid,
    estimate: (index) => estimateOf(source, inner(index)),
    ...(source.version && {
      version: async (index, options) =>
        isInsideGrid(grid, index) ? source.version?.(inner(index), options) : undefined,
    }),
    async read(index, options = {}) {
      if (!isInsideGrid(grid, index)) return undefined;
      const chunk = await source.read(inner(index), options);
      if (chunk === undefined) return undefined;
      const job = { dtype: source.dtype, shape: clippedShape(grid, index), from };
      const isSent = pool !== undefined && bytesOf(chunk.values) >= WORTH_TRIP_BYTES;
      if (!isSent) return { ...arrangedChunk({ ...job, chunk }), isExclusive: true };
      const { value, transfer } = postableChunk(chunk);
      const call = { signal: options.signal, transfer, isLaterStep: true };
      const moved: Chunk = await pool.run(ARRANGE, { ...job, chunk: value }, call);
      return { ...moved, isExclusive: true };
    },
  };
  return result;
}

function arrangedGrid({ grid, dtype }: ChunkSource, axes: readonly ArrangedAxis[]): ChunkGrid {
  const bytes = elementCount(grid.chunkShape) * (bytesPerElement(dtype) ?? 16);
  let room = Math.max(1, Math.floor(MAX_BYTES / bytes));
  const chunkShape = axes.map((axis) => {
    if ("from" in axis) return grid.chunkShape[axis.from] ?? 1;
    const length = Math.max(1, Math.min(axis.length, room));
    room = Math.max(1, Math.floor(room / length));
    return length;
  });
  return {
    shape: axes.map((axis) => ("from" in axis ? (grid.shape[axis.from] ?? 1) : axis.length)),
    chunkShape,
  };
}
