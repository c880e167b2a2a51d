import {
  allocateValues,
  bytesPerElement,
  type ChunkSource,
  clippedShape,
  copyBlock,
  type DataType,
  elementCount,
  isInsideGrid,
  unitsPerElement,
  type Values,
} from "@zarr-gateway/dataset";

export interface ConstantValues {
  readonly dtype: DataType;
  readonly fill: ChunkSource["fill"];
  readonly shape: readonly number[];
  /** In C order, all of them. */
  readonly values: Values;
}

/** Coordinates are read whole by every client, so they are one chunk up to this size. */
const MAX_BYTES = 16 * 1024 * 1024;
const TEXT_BYTES = 16;

/** Values that are at hand, in one chunk, or in rows where they are many. */
export function constantSource({ dtype, fill, shape, values }: ConstantValues): ChunkSource {
  const chunkShape = shape.map((length) => Math.max(1, length));
  const rowBytes = (elementCount(chunkShape) / (chunkShape[0] ?? 1)) * (bytesPerElement(dtype) ?? TEXT_BYTES);
  if (chunkShape.length > 0) {
    chunkShape[0] = Math.min(chunkShape[0] ?? 1, Math.max(1, Math.floor(MAX_BYTES / rowBytes)));
  }
  const grid = { shape, chunkShape };
  const units = unitsPerElement(dtype);
  return {
    dtype,
    fill,
    grid,
    read(index) {
      if (!isInsideGrid(grid, index)) return Promise.resolve(undefined);
      const clipped = clippedShape(grid, index);
      if (elementCount(clipped) === elementCount(shape)) return Promise.resolve({ shape: clipped, values });
      const part = allocateValues(dtype, elementCount(clipped));
      const start = index.map((at, axis) => at * (chunkShape[axis] ?? 1));
      copyBlock({ values, shape, start }, { values: part, shape: clipped }, clipped, units);
      return Promise.resolve({ shape: clipped, values: part });
    },
  };
}
