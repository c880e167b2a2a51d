import { GatewayError } from "@zarr-gateway/primitives";
import {
  bytesPerElement,
  type DataType,
  isFixedStringType,
  isTimeType,
  type NumericType,
} from "./data-type.ts";
import type { FillValue, Values } from "./values.ts";

/** The values that lie in one buffer: everything but `string`. */
export type BinaryValues = Exclude<Values, readonly string[]>;

type BinaryConstructor = {
  readonly BYTES_PER_ELEMENT: number;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): BinaryValues;
};

const CONSTRUCTORS: Readonly<Record<NumericType, BinaryConstructor>> = {
  bool: Uint8Array,
  int8: Int8Array,
  int16: Int16Array,
  int32: Int32Array,
  int64: BigInt64Array,
  uint8: Uint8Array,
  uint16: Uint16Array,
  uint32: Uint32Array,
  uint64: BigUint64Array,
  float16: Float16Array,
  float32: Float32Array,
  float64: Float64Array,
  complex64: Float32Array,
  complex128: Float64Array,
};

/** True for an array of strings, whose elements do not lie in one buffer. */
export function isStringValues(values: Values): values is readonly string[] {
  return Array.isArray(values);
}

/** Entries of `Values` that make one element: 2 for complex, the bytes of an element for `S` and `U`, else 1. */
export function unitsPerElement(dtype: DataType): number {
  if (dtype === "complex64" || dtype === "complex128") return 2;
  return isFixedStringType(dtype) ? (bytesPerElement(dtype) ?? 1) : 1;
}

/** Values of `count` elements: zeros, or empty strings. */
export function allocateValues(dtype: DataType, count: number): Values {
  if (dtype === "string") return new Array<string>(count).fill("");
  const size = (bytesPerElement(dtype) ?? 1) * count;
  return valuesOverBuffer(dtype, new ArrayBuffer(size), 0, size);
}

/** Values of `count` elements that all equal the fill value; zeros or empty strings where it is null. */
export function filledValues(dtype: DataType, count: number, fill: FillValue | null): Values {
  if (dtype === "string") return new Array<string>(count).fill(fill === null ? "" : String(fill));
  const values = allocateValues(dtype, count);
  if (fill !== null && count > 0) fillValues(dtype, values, fill);
  return values;
}

/**
 * Values over bytes in the machine's order, without a copy where they are aligned.
 * @throws GatewayError upstream when the bytes are not a whole number of elements
 */
export function valuesOverBytes(dtype: Exclude<DataType, "string">, bytes: Uint8Array): BinaryValues {
  const unit = constructorOf(dtype).BYTES_PER_ELEMENT;
  if (bytes.byteLength % unit !== 0) {
    throw new GatewayError("upstream", `${bytes.byteLength} bytes are not a whole number of ${dtype} values`);
  }
  // not `slice`: that of a Buffer is a view, as unaligned as before
  const aligned = bytes.byteOffset % unit === 0 ? bytes : new Uint8Array(bytes);
  return valuesOverBuffer(dtype, aligned.buffer, aligned.byteOffset, aligned.byteLength);
}

/** The bytes under the values, without a copy: in the machine's order. */
export function bytesOfValues(values: BinaryValues): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function valuesOverBuffer(
  dtype: Exclude<DataType, "string">,
  buffer: ArrayBufferLike,
  byteOffset: number,
  byteLength: number,
): BinaryValues {
  const ValuesArray = constructorOf(dtype);
  return new ValuesArray(buffer, byteOffset, byteLength / ValuesArray.BYTES_PER_ELEMENT);
}

function constructorOf(dtype: Exclude<DataType, "string">): BinaryConstructor {
  if (isTimeType(dtype)) return BigInt64Array;
  return isFixedStringType(dtype) ? Uint8Array : CONSTRUCTORS[dtype];
}

function fillValues(dtype: DataType, values: Values, fill: FillValue): void {
  if (isStringValues(values)) return;
  const pattern = fillUnits(dtype, fill);
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    values.fill(toBigInt(pattern[0] ?? 0n));
  } else if (pattern.length === 1) {
    values.fill(Number(pattern[0]));
  } else {
    const units = unitsPerElement(dtype);
    for (let unit = 0; unit < Math.min(units, pattern.length); unit += 1) {
      const value = Number(pattern[unit]);
      if (value !== 0) for (let at = unit; at < values.length; at += units) values[at] = value;
    }
  }
}

/** The entries of one filled element, fewer where the rest are zero. */
function fillUnits(dtype: DataType, fill: FillValue): ArrayLike<number | bigint> {
  if (fill instanceof Uint8Array) return fill;
  if (typeof fill === "string") return isFixedStringType(dtype) ? fixedStringBytes(dtype, fill) : [];
  if (typeof fill === "object") return fill;
  return typeof fill === "boolean" ? [Number(fill)] : [fill];
}

function fixedStringBytes(dtype: DataType, text: string): Uint8Array {
  if (dtype.startsWith("S")) return new TextEncoder().encode(text);
  const bytes = new Uint8Array(4 * [...text].length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const character of text) {
    view.setUint32(at, character.codePointAt(0) ?? 0, true);
    at += 4;
  }
  return bytes;
}

function toBigInt(value: number | bigint): bigint {
  return typeof value === "bigint" ? value : BigInt(Math.trunc(value));
}
