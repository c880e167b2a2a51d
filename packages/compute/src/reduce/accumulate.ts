import {
  type Chunk,
  type DataType,
  elementCount,
  type FillValue,
  filledValues,
  isStringValues,
  isTimeType,
  released,
  type Values,
} from "@zarr-gateway/dataset";
import { decodeValues } from "../decoded/decode-values.ts";
import { toNumbers } from "../decoded/number-values.ts";
import type { ValueCoding } from "../decoded/value-coding.ts";
import { NOT_A_TIME } from "./accumulation/wholes.ts";
import type { Accumulator } from "./accumulation.ts";
import { type Layout, walk } from "./layout.ts";
import { accumulationOf, type Method } from "./method.ts";
import type { BigValues, KernelValues } from "./span.ts";

/** What one chunk adds to an accumulator. */
export interface ReducedPart {
  /** undefined: never written. */
  readonly chunk: Chunk | undefined;
  readonly shape: readonly number[];
  readonly layout: Layout;
}

export interface AccumulateJob {
  readonly method: Method;
  readonly cells: number;
  /** What was seen before; a new one where absent. */
  readonly accumulator: Accumulator | undefined;
  /** Type and fill value of the chunks, and how they are decoded. */
  readonly stored: { readonly dtype: DataType; readonly fill: FillValue | null };
  readonly coding: ValueCoding | undefined;
  /** Weights or coordinates that go along with the values. */
  readonly factors: Float64Array | undefined;
  readonly parts: readonly ReducedPart[];
}

/** Adds chunks to an accumulator, which is changed. */
export function accumulate(job: AccumulateJob): Accumulator {
  const { method, cells, factors } = job;
  const chosen = accumulationOf(method);
  const accumulator = job.accumulator ?? chosen.accumulation.create(cells);
  if (chosen.input === "numbers") {
    const kernel = chosen.accumulation.kernel(accumulator, factors);
    for (const part of job.parts) {
      const values = valuesOf(part, job);
      const numbers = numbersOf(values, method.dtype);
      walk(part.layout, kernel, numbers);
      // made here, and as large as the chunk
      if (part.chunk === undefined || numbers.buffer !== bufferOf(part.chunk.values)) released(numbers);
    }
  } else {
    const kernel = chosen.accumulation.kernel(accumulator, factors);
    for (const part of job.parts) walk(part.layout, kernel, wholesOf(valuesOf(part, job)));
  }
  return accumulator;
}

function bufferOf(values: Values): ArrayBufferLike | undefined {
  return isStringValues(values) ? undefined : values.buffer;
}

function valuesOf({ chunk, shape }: ReducedPart, { stored, coding }: AccumulateJob): Values {
  const values = chunk?.values ?? filledValues(stored.dtype, elementCount(shape), stored.fill);
  return coding === undefined ? values : decodeValues(values, coding);
}

/** float32 and float64 as they are, so that loops see two types and no more. */
function numbersOf(values: Values, dtype: DataType): KernelValues {
  if (values instanceof Float32Array || values instanceof Float64Array) return values;
  if (values instanceof Float16Array) return new Float32Array(values);
  // what stands for text in a count: it is always there
  if (isStringValues(values)) return new Float64Array(values.length);
  const numbers = new Float64Array(toNumbers(values));
  if (!isTimeType(dtype)) return numbers;
  for (let at = 0; at < numbers.length; at += 1) {
    if (numbers[at] === Number(NOT_A_TIME)) numbers[at] = Number.NaN;
  }
  return numbers;
}

function wholesOf(values: Values): BigValues {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) return values;
  if (isStringValues(values)) throw new TypeError("text has no integers");
  return BigInt64Array.from(values, (value: number | bigint) => BigInt(value));
}
