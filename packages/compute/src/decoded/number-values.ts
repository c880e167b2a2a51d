import { type BinaryValues, type DataType, isStringValues, type Values } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";

/** Values whose elements are JavaScript numbers. */
export type NumberValues = Exclude<BinaryValues, BigInt64Array | BigUint64Array>;

/** Zeros of a floating-point type. */
export function allocatedNumbers(
  dtype: DataType,
  length: number,
): Float16Array | Float32Array | Float64Array {
  if (dtype === "float32") return new Float32Array(length);
  return dtype === "float16" ? new Float16Array(length) : new Float64Array(length);
}

/** The same values, 64-bit integers as the nearest float64. */
export function toNumbers(values: Values): NumberValues {
  if (isStringValues(values)) throw new GatewayError("internal", "text has no numbers");
  if (values instanceof BigInt64Array) return fromHalves(values, true);
  if (values instanceof BigUint64Array) return fromHalves(values, false);
  return values;
}

/** Reading halves is ten times as fast as making a bigint of each; their sum is rounded once, as a conversion is. */
function fromHalves(values: BigInt64Array | BigUint64Array, isSigned: boolean): Float64Array {
  const { buffer, byteOffset, length } = values;
  const low = new Uint32Array(buffer, byteOffset, 2 * length);
  const high = isSigned ? new Int32Array(buffer, byteOffset, 2 * length) : low;
  const result = new Float64Array(length);
  for (let at = 0; at < length; at += 1) {
    result[at] = (high[2 * at + 1] ?? 0) * 4_294_967_296 + (low[2 * at] ?? 0);
  }
  return result;
}
