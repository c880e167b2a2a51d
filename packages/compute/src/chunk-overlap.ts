import { type ChunkGrid, type ChunkIndex, clippedShape, elementCount, indexAt } from "@zarr-gateway/dataset";

/** The part that a chunk of one grid shares with a chunk of another grid over the same array. */
export interface ChunkOverlap {
  /** Chunk of the source grid. */
  readonly index: ChunkIndex;
  /** Where the shared block begins in it. */
  readonly from: readonly number[];
  /** Where it begins in the target chunk. */
  readonly to: readonly number[];
  readonly shape: readonly number[];
}

/** The source chunks that a box is made of, as a count and the overlap at each position in C order. */
export interface ChunkOverlaps {
  readonly count: number;
  at(position: number): ChunkOverlap;
}

/** Elements from `start` up to `end`, which is not one of them; inside the array. */
export interface Box {
  readonly start: readonly number[];
  readonly end: readonly number[];
}

/** The chunks of one grid that a chunk of another grid over the same array is made of. */
export function chunkOverlaps(source: ChunkGrid, target: ChunkGrid, index: ChunkIndex): ChunkOverlaps {
  const start = index.map((position, axis) => position * (target.chunkShape[axis] ?? 1));
  const end = clippedShape(target, index).map((length, axis) => (start[axis] ?? 0) + length);
  return boxOverlaps(source, { start, end });
}

/** Plans without listing: a box may consist of very many chunks. */
export function boxOverlaps(source: ChunkGrid, { start, end }: Box): ChunkOverlaps {
  const first = start.map((value, axis) => Math.floor(value / (source.chunkShape[axis] ?? 1)));
  const counts = end.map(
    (value, axis) => Math.ceil(value / (source.chunkShape[axis] ?? 1)) - (first[axis] ?? 0),
  );
  return {
    count: elementCount(counts),
    at(position) {
      const index = indexAt(counts, position).map((value, axis) => (first[axis] ?? 0) + value);
      return overlapWith(source, index, { start, end });
    },
  };
}

function overlapWith(source: ChunkGrid, index: ChunkIndex, { start, end }: Box): ChunkOverlap {
  const clipped = clippedShape(source, index);
  const origin = index.map((position, axis) => position * (source.chunkShape[axis] ?? 1));
  const low = origin.map((value, axis) => Math.max(value, start[axis] ?? 0));
  const high = origin.map((value, axis) => Math.min(value + (clipped[axis] ?? 0), end[axis] ?? 0));
  return {
    index,
    from: low.map((value, axis) => value - (origin[axis] ?? 0)),
    to: low.map((value, axis) => value - (start[axis] ?? 0)),
    shape: high.map((value, axis) => value - (low[axis] ?? 0)),
  };
}
