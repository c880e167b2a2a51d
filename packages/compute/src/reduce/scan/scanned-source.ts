import {
  type BinaryValues,
  bytesPerElement,
  type ChunkGrid,
  type ChunkIndex,
  type ChunkSource,
  clippedShape,
  type DataType,
  elementCount,
  type FillValue,
  filledValues,
  isInsideGrid,
  joinedVersion,
  movableValues,
} from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError, type WorkerPool } from "@zarr-gateway/primitives";
import { assembled, type Piece } from "../../assembly.ts";
import { type KeptIn, keptChunks } from "../../kept-chunks.ts";
import { WORTH_TRIP_BYTES } from "../../value-worker.ts";
import { type EstimatedSource, estimateOf, joinedEstimate } from "../../view/work-estimate.ts";
import { scanned } from "./scan.ts";
import type { ScanJob, ScanStep } from "./scan-job.ts";
import { SCAN } from "./scan-worker.ts";

export interface ScanOptions {
  readonly axis: number;
  readonly dtype: DataType;
  readonly fill: FillValue;
  /** Of the result along the axis. */
  readonly length: number;
  /** Positions beside one that it is made of. */
  readonly before: number;
  readonly after: number;
  /** What is done to a chunk; may read what it needs besides. */
  stepOf(index: ChunkIndex, options: CallOptions): Promise<ScanStep> | ScanStep;
  readonly pool?: WorkerPool | undefined;
  /** Where source chunks are kept of which several chunks need a part. */
  readonly kept?: KeptIn | undefined;
}

const MAX_BLOCK_BYTES = 512 * 1024 * 1024;
/** Chunks are as long as several windows where that stays below this, so that few values are read for two of them. */
const COMMON_BYTES = 16 * 1024 * 1024;
const WINDOWS = 4;
const MAX_CONCURRENT = 8;

/**
 * A source of which each value is made of its neighbours along one axis.
 * @throws GatewayError too_large where a chunk and what lies beside it are more than may be held
 */
export function scannedSource(source: ChunkSource, options: ScanOptions): EstimatedSource {
  const { axis, dtype, fill, pool } = options;
  const grid = scanGrid(source, options);
  const read = options.kept === undefined ? source.read.bind(source) : keptChunks(source, options.kept);
  const extentOf = (index: ChunkIndex): Extent => checkedExtent(source, grid, index, options);
  return {
    dtype,
    fill,
    grid,
    estimate(index) {
      return joinedEstimate(chunksOf(source.grid, extentOf(index)), (chunk) => estimateOf(source, chunk));
    },
    ...(source.version && {
      async version(index, call) {
        return isInsideGrid(grid, index)
          ? joinedVersion(source, chunksOf(source.grid, extentOf(index)), call)
          : undefined;
      },
    }),
    async read(index, { signal } = {}) {
      if (!isInsideGrid(grid, index)) return undefined;
      const extent = extentOf(index);
      const values = await blockOf(source, extent, { read, pool, signal });
      const shape = clippedShape(grid, index);
      const lead = (index[axis] ?? 0) * (grid.chunkShape[axis] ?? 1) - (extent.start[axis] ?? 0);
      const step = await options.stepOf(index, { signal });
      const job: ScanJob = { step, values, shape: extent.shape, axis, lead, length: shape[axis] ?? 0, dtype };
      if (pool === undefined || values.byteLength < WORTH_TRIP_BYTES)
        return { shape, values: scanned(job), isExclusive: true };
      const { value, transfer } = movableValues(values);
      const posted = { ...job, values: value as BinaryValues }; // what it was before
      return {
        shape,
        values: await pool.run(SCAN, posted, { signal, transfer, isLaterStep: true }),
        isExclusive: true,
      };
    },
  };
}

/** A box of the source. */
interface Extent {
  readonly start: readonly number[];
  readonly shape: readonly number[];
}

function scanGrid({ grid, dtype }: ChunkSource, { axis, length, before, after }: ScanOptions): ChunkGrid {
  const shape = grid.shape.map((whole, at) => (at === axis ? length : whole));
  const chunkShape = grid.chunkShape.map((chunk, at) => Math.max(1, Math.min(chunk, shape[at] ?? 1)));
  const chunk = chunkShape[axis] ?? 1;
  if (before + after > 0) {
    const rowBytes = (elementCount(chunkShape) / chunk) * (bytesPerElement(dtype) ?? 8);
    const wanted = Math.min(WINDOWS * (before + after), Math.floor(COMMON_BYTES / rowBytes));
    chunkShape[axis] = Math.max(1, Math.min(length, chunk * Math.max(1, Math.ceil(wanted / chunk))));
  }
  return { shape, chunkShape };
}

function checkedExtent(
  source: ChunkSource,
  grid: ChunkGrid,
  index: ChunkIndex,
  options: ScanOptions,
): Extent {
  const { axis, before, after } = options;
  const start = index.map((at, dimension) => at * (grid.chunkShape[dimension] ?? 1));
  const shape = clippedShape(grid, index);
  const first = Math.max(0, (start[axis] ?? 0) - before);
  const last = Math.min(source.grid.shape[axis] ?? 0, (start[axis] ?? 0) + (shape[axis] ?? 0) + after);
  start[axis] = first;
  shape[axis] = last - first;
  const bytes = elementCount(shape) * (bytesPerElement(source.dtype) ?? 8);
  if (bytes > MAX_BLOCK_BYTES) {
    throw new GatewayError(
      "too_large",
      `a chunk is made of ${bytes} bytes at once, at most ${MAX_BLOCK_BYTES} are held`,
    );
  }
  return { start, shape };
}

function chunksOf({ chunkShape }: ChunkGrid, { start, shape }: Extent): ChunkIndex[] {
  let chunks: number[][] = [[]];
  for (const [axis, length] of shape.entries()) {
    const [chunk, from] = [chunkShape[axis] ?? 1, start[axis] ?? 0];
    const positions: number[] = [];
    for (let at = Math.floor(from / chunk); at * chunk < from + length; at += 1) positions.push(at);
    chunks = chunks.flatMap((before) => positions.map((position) => [...before, position]));
  }
  return chunks;
}

interface Reading extends CallOptions {
  readonly read: (index: ChunkIndex, options: CallOptions) => ReturnType<ChunkSource["read"]>;
  readonly pool: WorkerPool | undefined;
}

async function blockOf(
  source: ChunkSource,
  extent: Extent,
  { read, pool, signal }: Reading,
): Promise<BinaryValues> {
  const { grid, dtype, fill } = source;
  const chunks = chunksOf(grid, extent);
  const pieces = {
    count: chunks.length,
    at: (position: number): Piece => {
      const index = chunks[position] ?? [];
      const origin = index.map((at, axis) => at * (grid.chunkShape[axis] ?? 1));
      const clipped = clippedShape(grid, index);
      const low = origin.map((value, axis) => Math.max(value, extent.start[axis] ?? 0));
      const high = origin.map((value, axis) =>
        Math.min(value + (clipped[axis] ?? 0), (extent.start[axis] ?? 0) + (extent.shape[axis] ?? 0)),
      );
      return {
        read: (call) => read(index, call),
        from: low.map((value, axis) => value - (origin[axis] ?? 0)),
        to: low.map((value, axis) => value - (extent.start[axis] ?? 0)),
        shape: high.map((value, axis) => value - (low[axis] ?? 0)),
      };
    },
  };
  const target = { dtype, fill, shape: extent.shape };
  const chunk = await assembled(pieces, { target, maxConcurrent: MAX_CONCURRENT, pool, signal });
  const values = chunk?.values ?? filledValues(dtype, elementCount(extent.shape), fill);
  return values as BinaryValues; // of numbers alone
}
