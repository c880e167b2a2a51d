import {
  bytesPerElement,
  type ChunkGrid,
  type ChunkIndex,
  type ChunkSource,
  clippedShape,
  elementCount,
  isInsideGrid,
  joinedVersion,
} from "@zarr-gateway/dataset";
import { GatewayError, type WorkerPool } from "@zarr-gateway/primitives";
import { assembled, type Pieces } from "./assembly.ts";
import { chunkOverlaps } from "./chunk-overlap.ts";
import { type KeptIn, keptChunks } from "./kept-chunks.ts";
import { type EstimatedSource, overlapEstimate } from "./view/work-estimate.ts";

export interface RechunkOptions {
  /** One length a dimension; longer than the dimension means all of it. */
  readonly chunkShape: readonly number[];
  /** Source chunks read at once for one chunk. Default 8. */
  readonly maxConcurrent?: number;
  /** Where large chunks are put together; the calling thread where absent. */
  readonly pool?: WorkerPool | undefined;
  /** Where source chunks are kept of which several chunks need a part. */
  readonly kept?: KeptIn | undefined;
}

const MAX_CHUNK_BYTES = 1024 ** 3;
/** More reads than this for one chunk take longer than any client waits. */
const MAX_SOURCE_CHUNKS = 100_000;

/**
 * The same values in other chunks. Each source chunk that a chunk needs is read once; one that its neighbours need too is
 * kept for them. A chunk of which nothing was ever written is missing too. The source itself where its chunks are the
 * ones wanted.
 * @throws GatewayError unsupported where a chunk would be too large or made of too many
 */
export function rechunked(source: ChunkSource, options: RechunkOptions): ChunkSource {
  const { dtype, fill } = source;
  const { shape } = source.grid;
  const chunkShape = shape.map((length, axis) => {
    return Math.max(1, Math.min(length, options.chunkShape[axis] ?? length));
  });
  const grid: ChunkGrid = { shape, chunkShape };
  if (chunkShape.every((length, axis) => length === source.grid.chunkShape[axis])) return source;
  checkSize(source, grid);
  const read = pieceReader(source, grid, options.kept);
  const result: EstimatedSource = {
    dtype,
    fill,
    grid,
    estimate: (index) => overlapEstimate(source, chunkOverlaps(source.grid, grid, index)),
    ...(source.version && {
      async version(index, call) {
        if (!isInsideGrid(grid, index)) return undefined;
        const { count, at } = chunkOverlaps(source.grid, grid, index);
        const parts = Array.from({ length: count }, (_, position) => at(position).index);
        return joinedVersion(source, parts, call);
      },
    }),
    async read(index, { signal, client } = {}) {
      if (!isInsideGrid(grid, index)) return undefined;
      const overlaps = chunkOverlaps(source.grid, grid, index);
      const pieces: Pieces = {
        count: overlaps.count,
        at(position) {
          const { index: stored, from, to, shape: part } = overlaps.at(position);
          return { from, to, shape: part, read: (call) => read(stored, call) };
        },
      };
      const target = { dtype, fill, shape: clippedShape(grid, index) };
      return assembled(pieces, {
        target,
        maxConcurrent: options.maxConcurrent ?? 8,
        pool: options.pool,
        signal,
        client,
      });
    },
  };
  return result;
}

/** Only chunks that several need a part of are worth keeping. */
function pieceReader(source: ChunkSource, target: ChunkGrid, kept: KeptIn | undefined): ChunkSource["read"] {
  if (kept === undefined) return (index, call) => source.read(index, call);
  const readKept = keptChunks(source, kept);
  return (index, call = {}) =>
    chunkOverlaps(target, source.grid, index).count > 1 ? readKept(index, call) : source.read(index, call);
}

function checkSize(source: ChunkSource, grid: ChunkGrid): void {
  const bytes = elementCount(grid.chunkShape) * (bytesPerElement(source.dtype) ?? 16);
  if (bytes > MAX_CHUNK_BYTES) {
    throw new GatewayError("unsupported", `chunks of ${describe(grid.chunkShape)} would have ${bytes} bytes`);
  }
  const { count } = chunkOverlaps(source.grid, grid, firstIndex(grid));
  if (count > MAX_SOURCE_CHUNKS) {
    throw new GatewayError(
      "unsupported",
      `one chunk of ${describe(grid.chunkShape)} would be put together from ${count} stored ones of ${describe(source.grid.chunkShape)}`,
    );
  }
}

function firstIndex(grid: ChunkGrid): ChunkIndex {
  return grid.shape.map(() => 0);
}

function describe(shape: readonly number[]): string {
  return shape.join(" × ");
}
