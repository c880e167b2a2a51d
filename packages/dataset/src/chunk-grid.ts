import type { ChunkGrid, ChunkIndex } from "./chunk-source.ts";

/** Chunks along each dimension; 0 where the dimension has length 0. A scalar has `[]`, that is one chunk. */
export function chunkCounts(grid: ChunkGrid): number[] {
  return grid.shape.map((length, axis) => Math.ceil(length / (grid.chunkShape[axis] ?? 1)));
}

/** True when the index has the grid's rank and lies inside it. */
export function isInsideGrid(grid: ChunkGrid, index: ChunkIndex): boolean {
  const counts = chunkCounts(grid);
  return (
    index.length === counts.length &&
    index.every(
      (position, axis) => Number.isInteger(position) && position >= 0 && position < (counts[axis] ?? 0),
    )
  );
}

/** Shape of a chunk after the array's border has cut it. */
export function clippedShape(grid: ChunkGrid, index: ChunkIndex): number[] {
  return grid.chunkShape.map((length, axis) =>
    Math.min(length, (grid.shape[axis] ?? 0) - (index[axis] ?? 0) * length),
  );
}

/** Product of the lengths; 1 for a scalar. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/** Row-major position of a chunk among all chunks of the grid. */
export function linearIndex(counts: readonly number[], index: ChunkIndex): number {
  return index.reduce((position, value, axis) => position * (counts[axis] ?? 1) + value, 0);
}

/** The inverse of `linearIndex`. */
export function indexAt(counts: readonly number[], linear: number): ChunkIndex {
  const index = counts.map(() => 0);
  let rest = linear;
  for (let axis = counts.length - 1; axis >= 0; axis -= 1) {
    const count = counts[axis] ?? 1;
    index[axis] = rest % count;
    rest = Math.floor(rest / count);
  }
  return index;
}

/** All chunks of the grid in row-major order. */
export function chunkIndices(grid: ChunkGrid): Generator<ChunkIndex> {
  return indicesWithin(chunkCounts(grid));
}

/** All positions below the counts in row-major order; `[]` alone for none. */
export function* indicesWithin(counts: readonly number[]): Generator<ChunkIndex> {
  const total = elementCount(counts);
  for (let linear = 0; linear < total; linear += 1) yield indexAt(counts, linear);
}
