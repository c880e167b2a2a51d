import { type DataType, type FillValue, isFixedStringType, isTimeType } from "@zarr-gateway/dataset";
import type { JsonValue } from "@zarr-gateway/primitives";
import { integerOf, isList, malformed } from "./json-field.ts";

const NOT_A_TIME = -(2n ** 63n);
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const DECIMAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
const NAMED_FLOATS = new Map([
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
]);

/**
 * `fill_value` of a Zarr document, in every form that zarr-python reads, of version 2 and 3.
 * @throws GatewayError upstream when it is none of them or outside the range of the type
 */
export function parseFillValue(value: JsonValue | undefined, dtype: DataType): FillValue {
  const fill = parsed(value, dtype);
  if (fill === undefined) throw malformed("fill_value", `a value of type ${dtype}`, value);
  return fill;
}

function parsed(value: JsonValue | undefined, dtype: DataType): FillValue | undefined {
  if (isTimeType(dtype)) return value === "NaT" ? NOT_A_TIME : integer(value, -(2n ** 63n), 2n ** 63n - 1n);
  if (isFixedStringType(dtype))
    return dtype.startsWith("S") ? fixedBytes(value, dtype) : fixedText(value, dtype);
  switch (dtype) {
    case "string":
      return typeof value === "bigint" || typeof value === "number" ? String(value) : text(value);
    case "bool":
      return typeof value === "boolean" ? value : [false, true][integerOf(value) ?? 2];
    case "float16":
    case "float32":
    case "float64":
      return float(value, dtype);
    case "complex64":
    case "complex128":
      return complex(value, dtype === "complex64" ? "float32" : "float64");
    default:
      return sizedInteger(value, dtype);
  }
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}

/** Lowest and highest value, `int16` and the like. */
function integerRange(dtype: string): readonly [bigint, bigint] {
  const bits = BigInt(dtype.replace(/\D/g, ""));
  return dtype.startsWith("u") ? [0n, 2n ** bits - 1n] : [-(2n ** (bits - 1n)), 2n ** (bits - 1n) - 1n];
}

function sizedInteger(value: JsonValue | undefined, dtype: string): bigint | number | undefined {
  const found = integer(value, ...integerRange(dtype));
  return dtype.endsWith("64") || found === undefined ? found : Number(found);
}

function integer(value: JsonValue | undefined, least: bigint, most: bigint): bigint | undefined {
  let found: bigint | undefined;
  if (typeof value === "bigint") found = value;
  else if (typeof value === "number" && Number.isInteger(value)) found = BigInt(value);
  else if (typeof value === "string" && /^[+-]?\d{1,20}$/.test(value)) found = BigInt(value.replace("+", ""));
  return found === undefined || found < least || found > most ? undefined : found;
}

function roundToType(value: number, dtype: DataType): number {
  if (dtype === "float16") return Math.f16round(value);
  return dtype === "float32" || dtype === "complex64" ? Math.fround(value) : value;
}

function float(value: JsonValue | undefined, dtype: "float16" | "float32" | "float64"): number | undefined {
  if (typeof value === "number") return roundToType(value, dtype);
  if (typeof value === "bigint") return roundToType(Number(value), dtype);
  if (typeof value !== "string") return undefined;
  const named = NAMED_FLOATS.get(value);
  if (named !== undefined) return named;
  if (value.startsWith("0x")) return floatOfBits(value.slice(2));
  return DECIMAL.test(value) ? roundToType(Number(value), dtype) : undefined;
}

/** `0x7fc00000` and the like: the bits, highest first (Zarr v3, fill values of floats). */
function floatOfBits(digits: string): number | undefined {
  if (!/^[0-9a-fA-F]+$/.test(digits)) return undefined;
  const view = new DataView(new ArrayBuffer(8));
  if (digits.length > 16) return undefined;
  view.setBigUint64(0, BigInt(`0x${digits}`) << BigInt(64 - 4 * digits.length));
  if (digits.length === 4) return view.getFloat16(0);
  if (digits.length === 8) return view.getFloat32(0);
  return digits.length === 16 ? view.getFloat64(0) : undefined;
}

function complex(
  value: JsonValue | undefined,
  part: "float32" | "float64",
): readonly [number, number] | undefined {
  const [first, second, more] = isList(value) ? value : [value, 0];
  const real = float(first, part);
  const imaginary = float(second, part);
  return real === undefined || imaginary === undefined || more !== undefined ? undefined : [real, imaginary];
}

/** Base64 text, a list of byte values (`r8`), or the 0 of old writers; cut or padded with zeros to the element. */
function fixedBytes(value: JsonValue | undefined, dtype: string): Uint8Array | undefined {
  const length = Number(dtype.slice(1));
  const bytes = bytesOf(value);
  if (bytes === undefined) return undefined;
  // an element can be declared far longer than any real one: what is not there is zero for every reader
  const padded = new Uint8Array(length <= 4096 ? length : Math.min(length, bytes.length));
  padded.set(bytes.subarray(0, padded.length));
  return padded;
}

function bytesOf(value: JsonValue | undefined): Uint8Array | undefined {
  if (typeof value === "string") return BASE64.test(value) ? Buffer.from(value, "base64") : undefined;
  if (isList(value)) {
    const numbers = value.map((item) => integerOf(item) ?? -1);
    return numbers.every((item) => item >= 0 && item < 256) ? Uint8Array.from(numbers) : undefined;
  }
  return integerOf(value) === 0 ? new Uint8Array(0) : undefined;
}

function fixedText(value: JsonValue | undefined, dtype: string): string | undefined {
  if (integerOf(value) === 0) return "";
  return typeof value === "string" ? [...value].slice(0, Number(dtype.slice(1))).join("") : undefined;
}

/** The value as zarr-python writes it, in both versions; null stays null. */
export function formatFillValue(fill: FillValue | null, dtype: DataType): JsonValue {
  if (fill === null) return null;
  if (fill instanceof Uint8Array) return Buffer.from(withoutTrailingZeros(fill)).toString("base64");
  if (isPair(fill)) return [formatFloat(fill[0]), formatFloat(fill[1])];
  if (typeof fill !== "number") return fill;
  return dtype.startsWith("float") ? formatFloat(fill) : BigInt(fill);
}

function formatFloat(value: number): JsonValue {
  if (Number.isNaN(value)) return "NaN";
  if (Number.isFinite(value)) return value;
  return value > 0 ? "Infinity" : "-Infinity";
}

/** What zarr-python reads where nothing was written and no fill value is set. */
export function defaultFillValue(dtype: DataType): FillValue {
  if (isTimeType(dtype)) return NOT_A_TIME;
  if (isFixedStringType(dtype)) return dtype.startsWith("S") ? new Uint8Array(0) : "";
  if (dtype === "string") return "";
  if (dtype === "bool") return false;
  if (dtype === "int64" || dtype === "uint64") return 0n;
  return dtype.startsWith("complex") ? [0, 0] : 0;
}

/** True when both read as the same element: NaN equals NaN, trailing zero bytes do not count. */
export function isSameFill(one: FillValue, other: FillValue): boolean {
  if (one instanceof Uint8Array && other instanceof Uint8Array) {
    return Buffer.compare(withoutTrailingZeros(one), withoutTrailingZeros(other)) === 0;
  }
  if (isPair(one) && isPair(other))
    return one.every((part, position) => isSameFill(part, other[position] ?? 0));
  return Object.is(one, other);
}

export function withoutTrailingZeros(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end -= 1;
  return bytes.subarray(0, end);
}

function isPair(fill: FillValue): fill is readonly [number, number] {
  return Array.isArray(fill);
}
