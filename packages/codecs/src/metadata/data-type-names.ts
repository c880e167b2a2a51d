import { byteOrderUnit, type DataType, isFixedStringType, isTimeType } from "@zarr-gateway/dataset";
import type { JsonValue } from "@zarr-gateway/primitives";
import { integerOf, malformed, namedConfigurationAt, unsupported } from "./json-field.ts";

export type ByteOrder = "little" | "big";

/** Names of Zarr v3 whose elements are numbers, with the letter and size of Zarr v2. */
const NUMERIC_V2 = {
  bool: "b1",
  int8: "i1",
  int16: "i2",
  int32: "i4",
  int64: "i8",
  uint8: "u1",
  uint16: "u2",
  uint32: "u4",
  uint64: "u8",
  float16: "f2",
  float32: "f4",
  float64: "f8",
  complex64: "c8",
  complex128: "c16",
} as const;
type NumericName = keyof typeof NUMERIC_V2;

const NUMERIC_BY_V2 = new Map(
  Object.entries(NUMERIC_V2).map(([name, letter]) => [letter as string, name as NumericName]), // keys of the table above
);
/** numpy also has times without a unit; of a store with one, zarr-python opens no array at all. */
const TIME_UNITS = ["Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns", "ps", "fs", "as"];
const SUPPORTED = "numbers, bool, complex, datetime64, timedelta64, fixed-length bytes and text, and string";
/** numpy keeps the size of an element in 31 bits. */
const MAX_ELEMENT_BYTES = 2 ** 31 - 1;

/** @throws GatewayError unsupported for structured, void and extension types */
export function parseDataTypeV3(value: JsonValue | undefined): DataType {
  const { name, configuration } = namedConfigurationAt(value, "data_type");
  if (Object.hasOwn(NUMERIC_V2, name)) return name as NumericName; // a key of the table
  const rawBits = /^r(\d+)$/.exec(name);
  if (rawBits && Number(rawBits[1]) % 8 === 0) return fixedString("S", Number(rawBits[1]) / 8, value);
  switch (name) {
    case "string":
      return "string";
    case "fixed_length_utf32":
      return fixedString("U", (integerOf(configuration["length_bytes"]) ?? 0) / 4, value);
    case "null_terminated_bytes":
      return fixedString("S", integerOf(configuration["length_bytes"]) ?? 0, value);
    case "numpy.datetime64":
    case "numpy.timedelta64": {
      const count = integerOf(configuration["scale_factor"]) ?? 1;
      const { unit } = configuration;
      return timeType(name.slice("numpy.".length), typeof unit === "string" ? unit : "", count, value);
    }
    default:
      throw unsupported("data_type", value, SUPPORTED);
  }
}

export function formatDataTypeV3(dtype: DataType): JsonValue {
  if (isTimeType(dtype)) {
    const { name, unit, count } = timeParts(dtype);
    return { name: `numpy.${name}`, configuration: { unit, scale_factor: BigInt(count) } };
  }
  if (isFixedStringType(dtype)) {
    const length = Number(dtype.slice(1));
    return dtype.startsWith("U")
      ? { name: "fixed_length_utf32", configuration: { length_bytes: BigInt(4 * length) } }
      : { name: "null_terminated_bytes", configuration: { length_bytes: BigInt(length) } };
  }
  return dtype;
}

/** `|O` is `string`: the caller has looked for the `vlen-utf8` filter. */
export function parseDataTypeV2(value: JsonValue | undefined): { dtype: DataType; byteOrder: ByteOrder } {
  if (typeof value !== "string") throw unsupported("dtype", value, SUPPORTED);
  const [, order, kind] = /^([<>|=])(.+)$/u.exec(value) ?? [];
  if (kind === undefined) throw malformed("dtype", "a numpy type string such as <f4", value);
  const byteOrder: ByteOrder = order === ">" ? "big" : "little";
  const dtype = kindOfV2(kind, value);
  if (order === "|" && byteOrderUnit(dtype) > 1) {
    throw malformed("dtype", "a byte order (< or >) before a type of several bytes", value);
  }
  return { dtype, byteOrder };
}

function kindOfV2(kind: string, value: string): DataType {
  const numeric = NUMERIC_BY_V2.get(kind);
  if (numeric) return numeric;
  if (kind === "O") return "string";
  const fixed = /^([SU])(\d+)$/.exec(kind);
  if (fixed) return fixedString(fixed[1] as "S" | "U", Number(fixed[2]), value); // the pattern allows no other letter
  const time = /^([Mm])8(?:\[(\d*)(\D+)\])?$/u.exec(kind);
  if (time) {
    const name = time[1] === "M" ? "datetime64" : "timedelta64";
    if (time[3] === undefined) throw unsupported("dtype", value, "times with a unit, such as <M8[s]");
    return timeType(name, time[3], time[2] ? Number(time[2]) : 1, value);
  }
  throw unsupported("dtype", value, SUPPORTED);
}

export function formatDataTypeV2(dtype: DataType, byteOrder: ByteOrder): string {
  const order = byteOrderUnit(dtype) === 1 ? "|" : byteOrder === "big" ? ">" : "<";
  if (dtype === "string") return "|O";
  if (isFixedStringType(dtype)) return `${order}${dtype}`;
  if (isTimeType(dtype)) {
    const { name, unit, count } = timeParts(dtype);
    return `${order}${name === "datetime64" ? "M8" : "m8"}[${count === 1 ? "" : count}${unit}]`;
  }
  return `${order}${NUMERIC_V2[dtype]}`;
}

function fixedString(letter: "S" | "U", length: number, value: JsonValue | undefined): DataType {
  const bytes = letter === "U" ? 4 * length : length;
  if (!Number.isInteger(length) || length < 1 || bytes > MAX_ELEMENT_BYTES) {
    throw unsupported("data_type", value, "strings of 1 byte to 2 GiB an element");
  }
  return `${letter}${length}`;
}

function timeType(name: string, unit: string, count: number, value: JsonValue | undefined): DataType {
  const known = unit === "μs" ? "us" : unit;
  if (!TIME_UNITS.includes(known) || !Number.isInteger(count) || count < 1 || count > MAX_ELEMENT_BYTES) {
    throw malformed("data_type", `a step of 1 to 2^31 and a unit out of ${TIME_UNITS.join(", ")}`, value);
  }
  return `${name === "datetime64" ? "datetime64" : "timedelta64"}[${count === 1 ? "" : count}${known}]`;
}

function timeParts(dtype: DataType): { name: string; unit: string; count: number } {
  const [, name, count, unit] = /^(\w+)\[(\d*)(\w+)\]$/.exec(dtype) ?? [];
  return { name: name ?? "", unit: unit ?? "", count: count ? Number(count) : 1 };
}
