import { allocateValues, type DataType, type Values } from "@zarr-gateway/dataset";
import type { NumberValues } from "../decoded/number-values.ts";

/** Numbers of any type of at most 32 bits or of floating point, out of float64. */
export function castNumbers(values: Float64Array, dtype: DataType): Values {
  if (dtype === "float64") return values;
  const result = allocateValues(dtype, values.length) as NumberValues; // callers keep 64-bit integers in their own arrays
  for (let at = 0; at < values.length; at += 1) result[at] = values[at] ?? 0;
  return result;
}
