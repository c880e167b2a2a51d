import {
  allocateValues,
  copyBlock,
  type DataType,
  elementCount,
  unitsPerElement,
  type Values,
} from "@zarr-gateway/dataset";
import type { Series } from "./planned-group.ts";
import type { Turns } from "./turns.ts";

interface JoinOptions {
  readonly dtype: DataType;
  readonly shape: readonly number[];
  readonly shapes: readonly (readonly number[])[];
  readonly series: Series;
  readonly axis: number;
  readonly turns: Turns;
}

/** The used values of all parts in one array. */
export async function joinedValues(
  parts: readonly Values[],
  { dtype, shape, shapes, series, axis, turns }: JoinOptions,
): Promise<Values> {
  const values = allocateValues(dtype, elementCount(shape));
  const units = unitsPerElement(dtype);
  let at = 0;
  const rowUnits = (elementCount(shape) / Math.max(1, shape[axis] ?? 1)) * units;
  for (const [position, part] of parts.entries()) {
    if (turns.isDue) await turns.next();
    const own = shapes[position] ?? [];
    const length = series.lengths[position] ?? 0;
    const begin = series.starts[position] ?? 0;
    if (axis === 0 && isFloats(part) && isFloats(values)) {
      // most times are: a copy by shape costs a hundred times as much for a file of one step
      values.set(part.subarray(begin * rowUnits, (begin + length) * rowUnits), at * rowUnits);
      at += length;
      continue;
    }
    const block = own.map((extent, on) => (on === axis ? length : extent));
    const start = own.map((_, on) => (on === axis ? begin : 0));
    const to = own.map((_, on) => (on === axis ? at : 0));
    copyBlock({ values: part, shape: own, start }, { values, shape, start: to }, block, units);
    at += length;
  }
  return values;
}

function isFloats(values: Values): values is Float64Array {
  return values instanceof Float64Array;
}
