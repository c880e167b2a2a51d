import {
  type ChunkIndex,
  type ChunkSource,
  clippedShape,
  type DataType,
  elementCount,
  isInsideGrid,
  type Values,
} from "@zarr-gateway/dataset";

export interface ComputedValues {
  readonly dtype: DataType;
  readonly shape: readonly number[];
  readonly chunkShape: readonly number[];
  /** As many as the clipped chunk has elements, in C order. */
  values(index: ChunkIndex, count: number): Values;
}

/** Numbers that are worked out chunk by chunk, when they are asked for; none of them is missing. */
export function computedSource({ dtype, shape, chunkShape, values }: ComputedValues): ChunkSource {
  const grid = { shape, chunkShape: chunkShape.map((length) => Math.max(1, length)) };
  return {
    dtype,
    grid,
    fill: null,
    read(index) {
      if (!isInsideGrid(grid, index)) return Promise.resolve(undefined);
      const clipped = clippedShape(grid, index);
      return Promise.resolve({
        shape: clipped,
        values: values(index, elementCount(clipped)),
        isExclusive: true,
      });
    },
  };
}
