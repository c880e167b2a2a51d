import {
  bytesPerElement,
  type ChunkIndex,
  type ChunkMaker,
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
  /** Those of them that something slow makes; absent for none. */
  readonly made?: readonly MadeChunk[];
}

/** A chunk that something slow makes, in its words. */
export interface MadeChunk {
  readonly by: ChunkMaker;
  readonly variable: string;
  readonly index: ChunkIndex;
}

/** A computed source that can tell what a chunk takes. */
export interface EstimatedSource extends ChunkSource {
  estimate(index: ChunkIndex): WorkEstimate;
}

/** What reading a chunk takes: of a source that computes nothing, that chunk itself. */
export function estimateOf(source: ChunkSource, index: ChunkIndex): WorkEstimate {
  if (isEstimated(source)) return source.estimate(index);
  const count = elementCount(clippedShape(source.grid, index));
  const bytes = count * (bytesPerElement(source.dtype) ?? 16);
  return { chunks: 1, bytes, ...(source.made && { made: [{ ...source.made, index }] }) };
}

export function isEstimated(source: ChunkSource): source is EstimatedSource {
  return "estimate" in source;
}

/** True where reading these chunks makes nothing that takes long, as models do. */
export function areAtHand(source: ChunkSource, indices: readonly ChunkIndex[]): boolean {
  return indices.every((index) =>
    (estimateOf(source, index).made ?? []).every(({ by, ...chunk }) => by.isAtHand([chunk])),
  );
}

/** What reading several chunks takes. */
export function joinedEstimate(
  indices: Iterable<ChunkIndex>,
  estimate: (index: ChunkIndex) => WorkEstimate,
): WorkEstimate {
  return summed(Array.from(indices, (index) => estimate(index)));
}

export function summed(estimates: readonly WorkEstimate[]): WorkEstimate {
  let [chunks, bytes] = [0, 0];
  const made: MadeChunk[] = [];
  for (const one of estimates) {
    chunks += one.chunks;
    bytes += one.bytes;
    if (one.made !== undefined) made.push(...one.made);
  }
  return { chunks, bytes, ...(made.length > 0 && { made }) };
}

/** What reading all chunks of an overlap takes; of sources that compute nothing without a look at each of them. */
export function overlapEstimate(source: ChunkSource, { count, at }: ChunkOverlaps): WorkEstimate {
  if (isEstimated(source) || source.made !== undefined) {
    const indices = Array.from({ length: count }, (_, position) => at(position).index);
    return joinedEstimate(indices, (index) => estimateOf(source, index));
  }
  const { shape, chunkShape } = source.grid;
  const [first, last] = [at(0).index, at(count - 1).index];
  const covered = shape.map((length, axis) => {
    const chunk = chunkShape[axis] ?? 1;
    return Math.min(((last[axis] ?? 0) + 1) * chunk, length) - (first[axis] ?? 0) * chunk;
  });
  return { chunks: count, bytes: elementCount(covered) * (bytesPerElement(source.dtype) ?? 16) };
}
