import { type CallOptions, GatewayError, mapConcurrently } from "@zarr-gateway/primitives";
import { copyBlock } from "./block-copy.ts";
import { chunkCounts, elementCount, indexAt } from "./chunk-grid.ts";
import type { ChunkSource } from "./chunk-source.ts";
import type { Values } from "./values.ts";
import { filledValues, unitsPerElement } from "./values-of.ts";

/** Far more than any coordinate has. */
const MAX_ELEMENTS = 32 * 1024 * 1024;
const MAX_CHUNKS = 1_000_000;
const MAX_CONCURRENT = 16;

/**
 * All values of an array in C order; what was never written as the fill value. For coordinates and small results.
 * @throws GatewayError too_large for what is neither
 */
export async function wholeValues(
  source: Pick<ChunkSource, "dtype" | "fill" | "grid" | "read">,
  options: CallOptions = {},
): Promise<Values> {
  const { grid, dtype, fill } = source;
  const counts = chunkCounts(grid);
  const [elements, chunks] = [elementCount(grid.shape), elementCount(counts)];
  if (elements > MAX_ELEMENTS || chunks > MAX_CHUNKS) {
    throw new GatewayError(
      "too_large",
      `${elements} values in ${chunks} chunks are too many to be read as one`,
    );
  }
  if (chunks === 1) {
    const chunk = await source.read(indexAt(counts, 0), options);
    return chunk?.values ?? filledValues(dtype, elements, fill);
  }
  const values = filledValues(dtype, elements, fill);
  const positions = Array.from({ length: chunks }, (_, position) => position);
  await mapConcurrently(positions, MAX_CONCURRENT, async (position) => {
    options.signal?.throwIfAborted();
    const index = indexAt(counts, position);
    const chunk = await source.read(index, options);
    if (chunk === undefined) return;
    const start = index.map((at, axis) => at * (grid.chunkShape[axis] ?? 1));
    copyBlock(chunk, { values, shape: grid.shape, start }, chunk.shape, unitsPerElement(dtype));
  });
  return values;
}
