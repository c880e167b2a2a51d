import { type Chunk, type DataType, elementCount, isTimeType, type Values } from "@zarr-gateway/dataset";
import { allocatedNumbers, toNumbers } from "../decoded/number-values.ts";

export interface MissingJob {
  readonly chunk: Chunk;
  /** A floating-point type that has room for the chunk's, or the same type of times. */
  readonly dtype: DataType;
  readonly axis: number;
  /** 1 for each position of the chunk along the axis that is missing. */
  readonly isMissing: Uint8Array;
}

/** What numpy reads as "not a time". */
const NOT_A_TIME = -(2n ** 63n);

/** The chunk as floats with NaN, or as times with NaT, at some positions along an axis. */
export function missingChunk({ chunk, dtype, axis, isMissing }: MissingJob): Chunk {
  const { shape } = chunk;
  const inner = elementCount(shape.slice(axis + 1));
  const length = shape[axis] ?? 1;
  const mark = (fill: (start: number, end: number) => void): void => {
    for (let row = 0; row * inner < chunk.values.length; row += 1) {
      if (isMissing[row % length] === 1) fill(row * inner, (row + 1) * inner);
    }
  };
  if (isTimeType(dtype)) {
    const values = wholeCopy(chunk.values);
    mark((start, end) => values.fill(NOT_A_TIME, start, end));
    return { shape, values };
  }
  const values = allocatedNumbers(dtype, chunk.values.length);
  values.set(toNumbers(chunk.values));
  mark((start, end) => values.fill(Number.NaN, start, end));
  return { shape, values };
}

function wholeCopy(values: Values): BigInt64Array {
  return values instanceof BigInt64Array ? values.slice() : new BigInt64Array(values.length);
}
