import {
  type BinaryValues,
  bytesOfValues,
  type DataType,
  type FillValue,
  filledValues,
  isStringValues,
  unitsPerElement,
  type Values,
} from "@zarr-gateway/dataset";

/**
 * True when every element equals the fill value, so that the chunk need not be written. As zarr-python decides it:
 * any NaN equals NaN, 0.0 is not -0.0, and nothing equals a fill value of null.
 */
export function isAllFill(dtype: DataType, values: Values, fill: FillValue | null): boolean {
  if (fill === null) return false;
  if (isStringValues(values)) return values.every((value) => value === fill);
  const pattern = filledValues(dtype, 1, fill) as BinaryValues; // only `string` has other values, and it has left
  if (isFloat(values) && isFloat(pattern) && !pattern.every((value) => value === 0)) {
    return equalsNumbers(values, pattern);
  }
  return equalsBytes(bytesOfValues(values), bytesOfValues(pattern), unitsPerElement(dtype));
}

type Floats = Float16Array | Float32Array | Float64Array;

function isFloat(values: BinaryValues): values is Floats {
  return values instanceof Float32Array || values instanceof Float64Array || values instanceof Float16Array;
}

function equalsNumbers(values: Floats, pattern: Floats): boolean {
  const units = pattern.length;
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at];
    const expected = pattern[at % units];
    if (value !== expected && !(Number.isNaN(value) && Number.isNaN(expected))) return false;
  }
  return true;
}

/** All elements are alike when the bytes, moved by one element, equal themselves: one native comparison. */
function equalsBytes(bytes: Uint8Array, pattern: Uint8Array, units: number): boolean {
  if (bytes.length === 0 || units === 0) return true;
  const size = pattern.length;
  if (Buffer.compare(bytes.subarray(0, size), pattern) !== 0) return false;
  return Buffer.compare(bytes.subarray(size), bytes.subarray(0, bytes.length - size)) === 0;
}
