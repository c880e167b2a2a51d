import {
  allocateValues,
  type Chunk,
  copyStrided,
  type DataType,
  elementCount,
  stridesOf,
  unitsPerElement,
} from "@zarr-gateway/dataset";

export interface ArrangeJob {
  readonly chunk: Chunk;
  readonly dtype: DataType;
  /** Of the result. */
  readonly shape: readonly number[];
  /** Axis of the chunk for each axis of the result; -1 where every value is the same. */
  readonly from: readonly number[];
}

/** The chunk with its axes in another order, and repeated along new ones. */
export function arrangedChunk({ chunk, dtype, shape, from }: ArrangeJob): Chunk {
  const values = allocateValues(dtype, elementCount(shape));
  const strides = stridesOf(chunk.shape);
  copyStrided(
    { values: chunk.values, strides: from.map((axis) => (axis < 0 ? 0 : (strides[axis] ?? 0))), offset: 0 },
    { values, strides: stridesOf(shape), offset: 0 },
    shape,
    unitsPerElement(dtype),
  );
  return { shape, values };
}
