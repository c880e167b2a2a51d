import { type Chunk, movableValues } from "@zarr-gateway/dataset";
import type { Transferred } from "@zarr-gateway/primitives";
import { decodeValues } from "./decode-values.ts";
import type { ValueCoding } from "./value-coding.ts";

export interface DecodeValuesJob {
  readonly chunk: Chunk;
  readonly coding: ValueCoding;
}

/** Task of a worker thread. */
export function decodeChunk({ chunk, coding }: DecodeValuesJob): Transferred<Chunk> {
  const { value, transfer } = movableValues(decodeValues(chunk.values, coding));
  return { value: { shape: chunk.shape, values: value }, transfer };
}
