import { type ChunkIndex, clippedShape, elementCount } from "@zarr-gateway/dataset";
import type { VariableLayout } from "./layout.ts";

/** `count` pieces of `length` bytes, `stride` bytes from start to start. */
export interface ChunkExtent {
  readonly offset: number;
  readonly length: number;
  readonly stride: number;
  readonly count: number;
}

/** Where the elements of a chunk lie that are inside the array, in C order. */
export function chunkExtent(layout: VariableLayout, index: ChunkIndex): ChunkExtent {
  const { shape, chunkShape, recordStride, variable } = layout;
  const clipped = clippedShape({ shape, chunkShape }, index);
  const start = index.map((position, axis) => position * (chunkShape[axis] ?? 1));
  const firstAxis = recordStride === undefined ? 0 : 1;

  let element = 0; // position within the variable, or within one record of it
  for (let axis = firstAxis; axis < shape.length; axis += 1) {
    element = element * (shape[axis] ?? 1) + (start[axis] ?? 0);
  }
  const length = elementCount(clipped.slice(firstAxis)) * variable.type.bytes;
  const records = recordStride === undefined ? 1 : (clipped[0] ?? 1);
  const offset = variable.begin + (recordStride ?? 0) * (start[0] ?? 0) + element * variable.type.bytes;
  if (recordStride === undefined || recordStride === length || records === 1) {
    return { offset, length: length * records, stride: length * records, count: 1 };
  }
  return { offset, length, stride: recordStride, count: records };
}

/** Bytes of a full chunk. */
export function chunkBytes({ chunkShape, variable }: VariableLayout): number {
  return elementCount(chunkShape) * variable.type.bytes;
}
