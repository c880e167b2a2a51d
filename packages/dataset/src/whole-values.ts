import type { CallOptions } from "@zarr-gateway/primitives";
import { copyBlock } from "./block-copy.ts";
import { chunkIndices, elementCount } from "./chunk-grid.ts";
import type { ChunkSource } from "./chunk-source.ts";
import type { Values } from "./values.ts";
import { filledValues, unitsPerElement } from "./values-of.ts";

/** All values of an array in C order, read chunk by chunk: for coordinates, whose size the caller has looked at. */
export async function wholeValues(
  source: Pick<ChunkSource, "dtype" | "fill" | "grid" | "read">,
  options: CallOptions = {},
): Promise<Values> {
  const { grid, dtype } = source;
  const whole = filledValues(dtype, elementCount(grid.shape), source.fill);
  for (const index of chunkIndices(grid)) {
    options.signal?.throwIfAborted();
    const chunk = await source.read(index, options);
    if (chunk === undefined) continue;
    const start = index.map((position, axis) => position * (grid.chunkShape[axis] ?? 1));
    const to = { values: whole, shape: grid.shape, start };
    copyBlock({ values: chunk.values, shape: chunk.shape }, to, chunk.shape, unitsPerElement(dtype));
  }
  return whole;
}
