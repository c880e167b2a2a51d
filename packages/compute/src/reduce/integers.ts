import type { DataType } from "@zarr-gateway/dataset";

/** Whole numbers that a float64 holds exactly, as int64. */
export function integersOf(values: Float64Array): BigInt64Array {
  const result = new BigInt64Array(values.length);
  const halves = new Int32Array(result.buffer);
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] ?? 0;
    halves[2 * at] = value | 0; // the low 32 bits, modulo 2³²
    halves[2 * at + 1] = Math.floor(value / 4_294_967_296);
  }
  return result;
}

/** True for the types whose sums are int64 or uint64 and wrap as numpy's do. */
export function isWholeNumber(dtype: DataType): boolean {
  return dtype === "bool" || /^u?int\d+$/.test(dtype);
}
