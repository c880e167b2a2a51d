/**
 * The element types a variable can have, in numpy's words so that they can be printed and compared:
 * `S8` eight bytes, `U8` eight UTF-32 code points, `datetime64[ns]`, `timedelta64[10s]`; `string` is UTF-8 of any length.
 */
export type DataType = NumericType | TimeType | FixedStringType | "string";
export type NumericType =
  | "bool"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64"
  | "float16"
  | "float32"
  | "float64"
  | "complex64"
  | "complex128";
export type TimeType = `datetime64[${string}]` | `timedelta64[${string}]`;
export type FixedStringType = `S${number}` | `U${number}`;

const NUMERIC_BYTES: Readonly<Record<NumericType, number>> = {
  bool: 1,
  int8: 1,
  int16: 2,
  int32: 4,
  int64: 8,
  uint8: 1,
  uint16: 2,
  uint32: 4,
  uint64: 8,
  float16: 2,
  float32: 4,
  float64: 8,
  complex64: 8,
  complex128: 16,
};

/** Bytes of one element, or undefined for `string`, whose elements differ in length. */
export function bytesPerElement(dtype: DataType): number | undefined {
  if (dtype === "string") return undefined;
  if (isTimeType(dtype)) return 8;
  if (isFixedStringType(dtype)) {
    const length = Number(dtype.slice(1));
    return dtype.startsWith("U") ? 4 * length : length;
  }
  return NUMERIC_BYTES[dtype];
}

/** Bytes that are reversed when the byte order changes: the element, except for complex (its half) and strings. */
export function byteOrderUnit(dtype: DataType): number {
  if (dtype === "string") return 1;
  if (isFixedStringType(dtype)) return dtype.startsWith("U") ? 4 : 1;
  const size = bytesPerElement(dtype) ?? 1;
  return dtype === "complex64" || dtype === "complex128" ? size / 2 : size;
}

export function isTimeType(dtype: DataType): dtype is TimeType {
  return dtype.startsWith("datetime64[") || dtype.startsWith("timedelta64[");
}

export function isFixedStringType(dtype: DataType): dtype is FixedStringType {
  return /^[SU]\d+$/.test(dtype);
}
