import { GatewayError } from "@zarr-gateway/primitives";
import type { TensorType } from "../../network.ts";

/** What the library takes and gives; float16 goes in as its bits and comes out as Float16Array. */
export type LibraryValues =
  | Float32Array
  | Float64Array
  | Float16Array
  | Uint16Array
  | Int32Array
  | BigInt64Array
  | Uint8Array;

const TWO_32 = 2 ** 32;
const RANGES = {
  int32: [-(2 ** 31), 2 ** 31 - 1],
  int64: [Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER],
  uint8: [0, 255],
} as const;

/** Of the types that a library has, those that tensors of networks may have. */
export function isTensorType(type: string): type is TensorType {
  return type in TO_LIBRARY;
}

/**
 * Values in the type that a graph wants; float32 ones are the same array.
 * @throws GatewayError model_failed where a type of integers cannot hold a value
 */
export function toLibrary(type: TensorType, values: Float32Array): LibraryValues {
  return TO_LIBRARY[type](values);
}

/** Values of a graph's output as float32. */
export function fromLibrary(values: LibraryValues): Float32Array {
  if (values instanceof Float32Array) return values;
  if (values instanceof BigInt64Array) return fromInt64(values);
  if (values instanceof Uint16Array) {
    return Float32Array.from(new Float16Array(values.buffer, values.byteOffset, values.length));
  }
  return new Float32Array(values);
}

const TO_LIBRARY: Readonly<Record<TensorType, (values: Float32Array) => LibraryValues>> = {
  float32: (values) => values,
  // the library's native part takes no Float16Array
  float16: (values) => new Uint16Array(new Float16Array(values).buffer),
  float64: (values) => new Float64Array(values),
  int32: (values) => new Int32Array(checked(values, "int32")),
  uint8: (values) => new Uint8Array(checked(values, "uint8")),
  int64: (values) => toInt64(checked(values, "int64")),
  bool: (values) => Uint8Array.from(values, (value) => (value === 0 ? 0 : 1)),
};

function checked(values: Float32Array, type: keyof typeof RANGES): Float32Array {
  const [least, greatest] = RANGES[type];
  for (const value of values) {
    if (!(value >= least && value <= greatest)) {
      throw new GatewayError("model_failed", `${value} does not fit into the type ${type}`);
    }
  }
  return values;
}

/** Two halves each, which is some ten times as fast as BigInt. */
function toInt64(values: Float32Array): BigInt64Array {
  const result = new BigInt64Array(values.length);
  const halves = new Int32Array(result.buffer);
  for (let i = 0; i < values.length; i++) {
    const value = Math.trunc(values[i] ?? 0);
    const high = Math.floor(value / TWO_32);
    halves[2 * i] = value - high * TWO_32;
    halves[2 * i + 1] = high;
  }
  return result;
}

function fromInt64(values: BigInt64Array): Float32Array {
  const halves = new Int32Array(values.buffer, values.byteOffset, 2 * values.length);
  const result = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    result[i] = (halves[2 * i + 1] ?? 0) * TWO_32 + ((halves[2 * i] ?? 0) >>> 0);
  }
  return result;
}
