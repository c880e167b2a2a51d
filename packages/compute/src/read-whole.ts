import {
  type ChunkIndex,
  type ChunkSource,
  chunkCounts,
  copyBlock,
  elementCount,
  filledValues,
  unitsPerElement,
  type Values,
} from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError, mapConcurrently } from "@zarr-gateway/primitives";

/** Of what is read to find labels: far more than any axis has. */
const MAX_ELEMENTS = 32 * 1024 * 1024;
const MAX_CHUNKS = 1_000_000;
const MAX_CONCURRENT = 16;

/**
 * All values of a source, in C order; what was never written as the fill value.
 * @throws GatewayError too_large for what is no coordinate any more
 */
export async function readWhole(source: ChunkSource, options: CallOptions = {}): Promise<Values> {
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
    const chunk = await source.read(
      counts.map(() => 0),
      options,
    );
    return chunk?.values ?? filledValues(dtype, elements, fill);
  }
  const values = filledValues(dtype, elements, fill);
  const units = unitsPerElement(dtype);
  await mapConcurrently(
    Array.from({ length: chunks }, (_, position) => position),
    MAX_CONCURRENT,
    async (position) => {
      options.signal?.throwIfAborted();
      const index = indexOf(counts, position);
      const chunk = await source.read(index, options);
      if (chunk === undefined) return;
      const start = index.map((at, axis) => at * (grid.chunkShape[axis] ?? 1));
      copyBlock({ ...chunk }, { values, shape: grid.shape, start }, chunk.shape, units);
    },
  );
  return values;
}

function indexOf(counts: readonly number[], position: number): ChunkIndex {
  const index = new Array<number>(counts.length);
  let rest = position;
  for (let axis = counts.length - 1; axis >= 0; axis -= 1) {
    const count = counts[axis] ?? 1;
    index[axis] = rest % count;
    rest = Math.floor(rest / count);
  }
  return index;
}
