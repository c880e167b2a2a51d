import {
  allocateValues,
  type ChunkGrid,
  type ChunkIndex,
  type ChunkSource,
  clippedShape,
  copyBlock,
  elementCount,
  filledValues,
  isInsideGrid,
  joinedVersion,
  unitsPerElement,
} from "@zarr-gateway/dataset";
import { type EstimatedSource, estimateOf, joinedEstimate } from "../view/work-estimate.ts";

export interface TakenOptions {
  /** Position along the first axis of the source for each position of the result; in any order, as often as wanted. */
  readonly positions: Int32Array;
  /** Length of the result's chunks along the first axis; the other lengths are the source's. */
  readonly chunkLength: number;
}

/** Rows of a source, each of its chunks read once for all rows of a chunk that lie in it. */
export function taken(source: ChunkSource, { positions, chunkLength }: TakenOptions): ChunkSource {
  const { dtype, fill } = source;
  const [, ...rest] = source.grid.shape;
  const [groupLength = 1, ...chunkRest] = source.grid.chunkShape;
  const grid: ChunkGrid = {
    shape: [positions.length, ...rest],
    chunkShape: [Math.max(1, Math.min(chunkLength, positions.length)), ...chunkRest],
  };
  const rowsOf = ([first = 0]: ChunkIndex): Int32Array =>
    positions.subarray(first * (grid.chunkShape[0] ?? 1), (first + 1) * (grid.chunkShape[0] ?? 1));
  const neededBy = (index: ChunkIndex): number[][] => {
    const chunks = new Set(Array.from(rowsOf(index), (position) => Math.floor(position / groupLength)));
    return [...chunks].sort((a, b) => a - b).map((chunk) => [chunk, ...index.slice(1)]);
  };
  const result: EstimatedSource = {
    dtype,
    fill,
    grid,
    estimate: (index) => joinedEstimate(neededBy(index), (one) => estimateOf(source, one)),
    ...(source.version && {
      version: async (index, call) =>
        isInsideGrid(grid, index) ? joinedVersion(source, neededBy(index), call) : undefined,
    }),
    async read(index, call = {}) {
      if (!isInsideGrid(grid, index)) return undefined;
      const shape = clippedShape(grid, index);
      const values = allocateValues(dtype, elementCount(shape));
      const rows = rowsOf(index);
      for (const one of neededBy(index)) {
        const clipped = clippedShape(source.grid, one);
        const chunk = await source.read(one, call);
        const from = chunk?.values ?? filledValues(dtype, elementCount(clipped), fill);
        const row = [1, ...clipped.slice(1)];
        for (const [at, position] of rows.entries()) {
          if (Math.floor(position / groupLength) !== one[0]) continue;
          const start = (first: number): number[] => [first, ...row.slice(1).map(() => 0)];
          copyBlock(
            { values: from, shape: clipped, start: start(position % groupLength) },
            { values, shape, start: start(at) },
            row,
            unitsPerElement(dtype),
          );
        }
      }
      return { shape, values, isExclusive: true };
    },
  };
  return result;
}
