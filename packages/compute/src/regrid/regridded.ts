import {
  bytesPerElement,
  type Chunk,
  type ChunkGrid,
  type ChunkIndex,
  type ChunkSource,
  clippedShape,
  type DataType,
  elementCount,
  filledValues,
  isInsideGrid,
  isPending,
  type PendingChunk,
} from "@zarr-gateway/dataset";
import type { CallOptions, WorkerPool } from "@zarr-gateway/primitives";
import { chunkOverlaps } from "../chunk-overlap.ts";
import type { KeptIn } from "../kept-chunks.ts";
import { postedChunk } from "../pending-chunk.ts";
import { rechunked } from "../rechunked.ts";
import { WORTH_TRIP_BYTES } from "../value-worker.ts";
import { type EstimatedSource, overlapEstimate } from "../view/work-estimate.ts";
import { cheapestStages } from "./cheapest-stages.ts";
import type { RegridAxes } from "./regrid-axes.ts";
import { type RegridWork, regriddedChunk } from "./regrid-task.ts";
import { REGRID } from "./regrid-worker.ts";

export interface RegridOptions {
  readonly along: readonly RegridAxes[];
  readonly skipsMissing: boolean;
  readonly dtype: DataType;
  readonly pool?: WorkerPool | undefined;
  readonly kept?: KeptIn | undefined;
}

/** What is read for one chunk, and what it holds, where a chunk of the source is not larger. */
const BLOCK_BYTES = 32 * 1024 * 1024;

/** Values on another grid. A chunk has the whole of both horizontal axes, and as much of the others as fits. */
export function regridded(source: ChunkSource, options: RegridOptions): EstimatedSource {
  const { along, dtype } = options;
  const shape = [...source.grid.shape];
  const axes = new Set<number>();
  for (const { axis, axes: count, shape: own } of along)
    for (let at = 0; at < count; at += 1) {
      axes.add(axis + at);
      shape[axis + at] = own[at] ?? 1;
    }
  const others = otherLengths(source, shape, axes);
  const blocks = rechunked(source, {
    chunkShape: source.grid.shape.map((length, axis) => (axes.has(axis) ? length : (others[axis] ?? 1))),
    pool: options.pool,
    kept: options.kept,
  });
  const chunkShape = shape.map((length, axis) => Math.max(1, axes.has(axis) ? length : (others[axis] ?? 1)));
  const grid = { shape, chunkShape };
  const isSame = isSameGrid(blocks.grid, source.grid);
  // decoded where it is regridded, so that a whole field does not cross this thread
  const read = (options.pool && isSame && source.readPending?.bind(source)) || blocks.read.bind(blocks);
  return {
    dtype,
    grid,
    fill: dtype.startsWith("float") ? Number.NaN : 0,
    estimate: (index) => overlapEstimate(source, chunkOverlaps(source.grid, blocks.grid, index)),
    ...(blocks.version && { version: blocks.version.bind(blocks) }),
    async read(index, call = {}) {
      if (!isInsideGrid(grid, index)) return undefined;
      const [chunk, weights] = await Promise.all([
        read(index, call),
        Promise.all(along.map((own) => own.weights(call))),
      ]);
      const given = chunk ?? filledChunk(blocks, index);
      const stages = cheapestStages(clippedShape(blocks.grid, index), along, weights);
      const { skipsMissing, pool } = options;
      return calculated(
        given,
        { stages, skipsMissing, shape: clippedShape(grid, index), dtype },
        { ...call, pool },
      );
    },
  };
}

function filledChunk({ grid, dtype, fill }: ChunkSource, index: ChunkIndex): Chunk {
  const shape = clippedShape(grid, index);
  return { shape, values: filledValues(dtype, elementCount(shape), fill), isExclusive: true };
}

interface Calculating extends CallOptions {
  readonly pool: WorkerPool | undefined;
}

async function calculated(
  chunk: Chunk | PendingChunk,
  work: RegridWork,
  { pool, signal }: Calculating,
): Promise<Chunk> {
  if (pool === undefined || (!isPending(chunk) && elementCount(chunk.shape) * 8 < WORTH_TRIP_BYTES)) {
    if (isPending(chunk)) throw new TypeError("a chunk that is decoded elsewhere needs threads");
    return { ...regriddedChunk({ chunk, work }), isExclusive: true };
  }
  const { value: posted, transfer } = postedChunk(chunk);
  const result = await pool.run(REGRID, { posted, work }, { signal, transfer, isLaterStep: true });
  return { ...result, isExclusive: true };
}

function isSameGrid(left: ChunkGrid, right: ChunkGrid): boolean {
  return left.chunkShape.every((length, axis) => length === right.chunkShape[axis]);
}

/** Chunk lengths of the other axes: those of the source, cut where a block would be too large. */
function otherLengths(
  { grid, dtype }: ChunkSource,
  shape: readonly number[],
  axes: ReadonlySet<number>,
): number[] {
  const horizontal = (lengths: readonly number[]): number =>
    elementCount(lengths.filter((_, axis) => axes.has(axis)));
  const plane =
    Math.max(horizontal(grid.shape), horizontal(shape)) * Math.max(4, bytesPerElement(dtype) ?? 8);
  let room = Math.max(1, Math.floor(BLOCK_BYTES / Math.max(1, plane)));
  const lengths = grid.chunkShape.map(() => 1);
  for (let axis = lengths.length - 1; axis >= 0; axis -= 1) {
    if (axes.has(axis)) continue;
    lengths[axis] = Math.max(1, Math.min(grid.chunkShape[axis] ?? 1, room));
    room = Math.max(1, Math.floor(room / (lengths[axis] ?? 1)));
  }
  return lengths;
}
