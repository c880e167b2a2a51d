import { type Attributes, type AttributeValue, bytesPerElement, type DataType } from "@zarr-gateway/dataset";
import { isTimeVariable } from "./time-variable.ts";

/** How stored numbers stand for others: CF §2.5.1 (missing data) and §8.1 (packed data), as xarray's `decode_cf` reads them. */
export interface ValueCoding {
  readonly stored: DataType;
  /** What the bits of `stored` mean: another integer type where `_Unsigned` says so. */
  readonly meant: DataType;
  readonly decoded: DataType;
  /** Values of `meant` that become NaN. */
  readonly missing: readonly number[];
  readonly scale: number | undefined;
  readonly offset: number | undefined;
}

/** Attributes that decoding uses up. */
const CODING_ATTRIBUTES = ["_FillValue", "missing_value", "scale_factor", "add_offset", "_Unsigned"];
const INTEGER = /^u?int(8|16|32|64)$/;

/** undefined where the stored values are the meant ones. */
export function valueCodingOf(stored: DataType, attrs: Attributes): ValueCoding | undefined {
  const isNumber = INTEGER.test(stored) || stored.startsWith("float");
  if (!isNumber) return undefined;
  const isTruth = INTEGER.test(stored) && attrs["dtype"] === "bool";
  if (isTruth) return { stored, meant: stored, decoded: "bool", ...UNCHANGED };
  const meant = withSign(stored, attrs["_Unsigned"]);
  const missing = missingNumbers(stored, meant, attrs);
  const [scale] = numbersIn(attrs["scale_factor"]);
  const [offset] = numbersIn(attrs["add_offset"]);
  const isPacked = scale !== undefined || offset !== undefined;
  if (!isPacked && missing.length === 0) {
    return meant === stored ? undefined : { stored, meant, decoded: meant, ...UNCHANGED };
  }
  const decoded = isPacked ? unpackedType(meant, attrs, missing) : maskedType(meant, attrs);
  return {
    stored,
    meant,
    decoded,
    missing,
    scale: scale === undefined ? undefined : Number(scale),
    offset: offset === undefined ? undefined : Number(offset),
  };
}

const UNCHANGED = { missing: [], scale: undefined, offset: undefined } as const;

/** The attributes of the decoded variable; floats may be missing, and `_FillValue` NaN says so to who reads them. */
export function decodedAttributes(attrs: Attributes, decoded: DataType): Attributes {
  const used = decoded === "bool" ? [...CODING_ATTRIBUTES, "dtype"] : CODING_ATTRIBUTES;
  const kept = Object.entries(attrs).filter(([name]) => !used.includes(name));
  const isFloat = decoded.startsWith("float");
  return Object.fromEntries(isFloat ? [...kept, ["_FillValue", Number.NaN]] : kept);
}

function withSign(stored: DataType, unsigned: AttributeValue | undefined): DataType {
  if (unsigned === "true" && /^int/.test(stored)) return `u${stored}` as DataType; // every int has its uint
  if (unsigned === "false" && /^uint/.test(stored)) return stored.slice(1) as DataType; // and every uint its int
  return stored;
}

/** NaN masks nothing: it is missing already. Of both attributes only `_FillValue` follows a change of the sign. */
function missingNumbers(stored: DataType, meant: DataType, attrs: Attributes): number[] {
  const bits = 8 * (bytesPerElement(stored) ?? 1);
  const fills = numbersIn(attrs["_FillValue"]).map((value) => {
    if (meant === stored || !Number.isInteger(Number(value))) return value;
    return meant.startsWith("u") ? BigInt.asUintN(bits, BigInt(value)) : BigInt.asIntN(bits, BigInt(value));
  });
  const all = [...fills, ...numbersIn(attrs["missing_value"])].map(Number);
  return [...new Set(all)].filter((value) => !Number.isNaN(value));
}

/**
 * Attributes that came through JSON are float64 or int64. A float that is declared missing by NaN alone keeps its type;
 * an integer `scale_factor` on integers makes integers.
 */
function unpackedType(meant: DataType, attrs: Attributes, missing: readonly number[]): DataType {
  const isDeclared = attrs["_FillValue"] !== undefined || attrs["missing_value"] !== undefined;
  if (meant.startsWith("float") && missing.length === 0 && isDeclared) return meant;
  const hasIntegerScale =
    typeof first(attrs["scale_factor"]) === "bigint" && attrs["add_offset"] === undefined;
  return hasIntegerScale && missing.length === 0 && INTEGER.test(meant) ? "int64" : "float64";
}

/** Integers of up to 16 bits fit float32; numbers that are times stay exact. */
function maskedType(meant: DataType, attrs: Attributes): DataType {
  if (meant.startsWith("float")) return meant;
  const isShort = (bytesPerElement(meant) ?? 8) <= 2;
  return isShort && !isTimeVariable({ attrs, source: { dtype: meant } }) ? "float32" : "float64";
}

function first(value: AttributeValue | undefined): AttributeValue | undefined {
  return Array.isArray(value) ? (value[0] as AttributeValue) : value; // an array, by isArray
}

function numbersIn(value: AttributeValue | undefined): (number | bigint)[] {
  if (Array.isArray(value)) return value.flatMap(numbersIn);
  return typeof value === "number" || typeof value === "bigint" ? [value] : [];
}
