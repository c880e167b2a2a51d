import {
  bytesPerElement,
  type Chunk,
  type ChunkGrid,
  type ChunkIndex,
  type ChunkSource,
  clippedShape,
  copyBlock,
  elementCount,
  filledValues,
  isInsideGrid,
  unitsPerElement,
} from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError, mapConcurrently } from "@zarr-gateway/primitives";
import { type ChunkOverlaps, chunkOverlaps } from "./chunk-overlap.ts";

export interface RechunkOptions {
  /** One length a dimension; longer than the dimension means all of it. */
  readonly chunkShape: readonly number[];
  /** Source chunks read at once for one chunk. Default 8. */
  readonly maxConcurrent?: number;
}

const MAX_CHUNK_BYTES = 1024 ** 3;
/** More reads than this for one chunk take longer than any client waits. */
const MAX_SOURCE_CHUNKS = 100_000;

/**
 * The same values in other chunks. Each source chunk that a chunk needs is read once; a chunk of which nothing was
 * ever written is missing too. The source itself where its chunks are the ones wanted.
 * @throws GatewayError unsupported where a chunk would be too large or made of too many
 */
export function rechunked(source: ChunkSource, options: RechunkOptions): ChunkSource {
  const { shape } = source.grid;
  const chunkShape = shape.map((length, axis) => {
    return Math.max(1, Math.min(length, options.chunkShape[axis] ?? length));
  });
  const grid: ChunkGrid = { shape, chunkShape };
  if (chunkShape.every((length, axis) => length === source.grid.chunkShape[axis])) return source;
  checkSize(source, grid);
  return {
    dtype: source.dtype,
    fill: source.fill,
    grid,
    async read(index, call = {}) {
      if (!isInsideGrid(grid, index)) return undefined;
      const overlaps = chunkOverlaps(source.grid, grid, index);
      return assemble(source, overlaps, {
        shape: clippedShape(grid, index),
        maxConcurrent: options.maxConcurrent ?? 8,
        signal: call.signal,
      });
    },
  };
}

interface AssembleOptions extends CallOptions {
  readonly shape: readonly number[];
  readonly maxConcurrent: number;
}

async function assemble(
  source: ChunkSource,
  overlaps: ChunkOverlaps,
  { shape, maxConcurrent, signal }: AssembleOptions,
): Promise<Chunk | undefined> {
  const units = unitsPerElement(source.dtype);
  let values: Chunk["values"] | undefined;
  const positions = Array.from({ length: overlaps.count }, (_, position) => position);
  await mapConcurrently(positions, maxConcurrent, async (position) => {
    signal?.throwIfAborted();
    const overlap = overlaps.at(position);
    const chunk = await source.read(overlap.index, { signal });
    if (chunk === undefined) return;
    // made only now, so that a chunk of which nothing was written costs nothing
    values ??= filledValues(source.dtype, elementCount(shape), source.fill);
    const from = { values: chunk.values, shape: chunk.shape, start: overlap.from };
    copyBlock(from, { values, shape, start: overlap.to }, overlap.shape, units);
  });
  return values === undefined ? undefined : { shape, values };
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
