import {
  type Chunk,
  type ChunkSource,
  chunkCounts,
  copyBlock,
  elementCount,
  filledValues,
  indexAt,
  unitsPerElement,
} from "@zarr-gateway/dataset";
import { type CallOptions, mapConcurrently } from "@zarr-gateway/primitives";

/** Chunks that are put together are small: many at once, for stores far away. */
const PARALLEL_READS = 32;

/**
 * A source as a single chunk. Clients read coordinates whole when they open a dataset, and a time axis that grew record
 * by record would cost them one request a record. Who publishes stored chunks still has them.
 */
export function assembledSource(source: ChunkSource): ChunkSource {
  const { grid, dtype, fill, stored } = source;
  return {
    dtype,
    fill,
    grid: { shape: grid.shape, chunkShape: grid.shape.map((length) => Math.max(1, length)) },
    read: (_index, options = {}) => assemble(source, options),
    ...(stored ? { stored, isAssembled: true } : {}),
  };
}

async function assemble(source: ChunkSource, options: CallOptions): Promise<Chunk | undefined> {
  const { grid, dtype, fill } = source;
  const { shape, chunkShape } = grid;
  const units = unitsPerElement(dtype);
  const counts = chunkCounts(grid);
  const numbers = Array.from({ length: elementCount(counts) }, (_, number) => number);
  let values: Chunk["values"] | undefined;
  await mapConcurrently(numbers, PARALLEL_READS, async (number) => {
    const index = indexAt(counts, number);
    const part = await source.read(index, options);
    if (!part) return;
    values ??= filledValues(dtype, elementCount(shape), fill);
    const start = index.map((position, axis) => position * (chunkShape[axis] ?? 1));
    copyBlock(part, { values, shape, start }, part.shape, units);
  });
  return values && { shape, values };
}
