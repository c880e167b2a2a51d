import {
  bytesPerElement,
  type ChunkIndex,
  type ChunkSource,
  clippedShape,
  elementCount,
} from "@zarr-gateway/dataset";
import type { ChunkOverlaps } from "../chunk-overlap.ts";

/** What reading one chunk costs, known without reading anything. */
export interface WorkEstimate {
  /** Chunks of the original dataset that are read. */
  readonly chunks: number;
  /** Bytes of their values, decoded. */
  readonly bytes: number;
}

/** A computed source that can tell what a chunk takes. */
export interface EstimatedSource extends ChunkSource {
  estimate(index: ChunkIndex): WorkEstimate;
}

/** What reading a chunk takes: of a source that computes nothing, that chunk itself. */
export function estimateOf(source: ChunkSource, index: ChunkIndex): WorkEstimate {
  if (isEstimated(source)) return source.estimate(index);
  const count = elementCount(clippedShape(source.grid, index));
  return { chunks: 1, bytes: count * (bytesPerElement(source.dtype) ?? 16) };
}

export function isEstimated(source: ChunkSource): source is EstimatedSource {
  return "estimate" in source;
}

/** What reading several chunks takes. */
export function joinedEstimate(
  indices: Iterable<ChunkIndex>,
  estimate: (index: ChunkIndex) => WorkEstimate,
): WorkEstimate {
  let [chunks, bytes] = [0, 0];
  for (const index of indices) {
    const one = estimate(index);
    chunks += one.chunks;
    bytes += one.bytes;
  }
  return { chunks, bytes };
}

/** What reading all chunks of an overlap takes; of sources that compute nothing without a look at each of them. */
export function overlapEstimate(source: ChunkSource, { count, at }: ChunkOverlaps): WorkEstimate {
  if (isEstimated(source)) {
    const indices = Array.from({ length: count }, (_, position) => at(position).index);
    return joinedEstimate(indices, (index) => source.estimate(index));
  }
  const { shape, chunkShape } = source.grid;
  const [first, last] = [at(0).index, at(count - 1).index];
  const covered = shape.map((length, axis) => {
    const chunk = chunkShape[axis] ?? 1;
    return Math.min(((last[axis] ?? 0) + 1) * chunk, length) - (first[axis] ?? 0) * chunk;
  });
  return { chunks: count, bytes: elementCount(covered) * (bytesPerElement(source.dtype) ?? 16) };
}
