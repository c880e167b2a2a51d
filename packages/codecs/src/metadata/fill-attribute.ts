import {
  type Attributes,
  type AttributeValue,
  type DataType,
  type FillValue,
  isFixedStringType,
  isTimeType,
} from "@zarr-gateway/dataset";
import { isSameFill, parseFillValue, withoutTrailingZeros } from "./fill-value.ts";
import { isList } from "./json-field.ts";

/** CF's missing-data value. In Zarr v2 it is the array's `fill_value`, in v3 an attribute in xarray's encoding. */
const FILL_ATTRIBUTE = "_FillValue";

/** The attribute that xarray makes of the `fill_value` of a Zarr v2 array. */
export function attributeOfFill(fill: FillValue, dtype: DataType): AttributeValue {
  if (fill instanceof Uint8Array) return Buffer.from(withoutTrailingZeros(fill)).toString("utf8");
  return typeof fill === "number" && !dtype.startsWith("float") ? BigInt(fill) : fill;
}

/** The attribute as an element of the type, or undefined where no element has exactly this value. */
export function fillOfAttribute(value: AttributeValue, dtype: DataType): FillValue | undefined {
  const single = Array.isArray(value) && value.length === 1 ? (value[0] as AttributeValue) : value; // an array, by isArray
  if (isFixedStringType(dtype) || dtype === "string") return fixedText(single, dtype);
  if (typeof single === "string") return undefined;
  if (dtype === "bool" && typeof single !== "boolean") return undefined;
  let fill: FillValue;
  try {
    fill = parseFillValue(single, dtype);
  } catch {
    return undefined; // no element of the type
  }
  if (typeof fill !== "number" || !dtype.startsWith("float")) return fill;
  const exact = typeof single === "bigint" ? BigInt(Number(single)) === single : true;
  return exact && isSameFill(fill, Number(single)) ? fill : undefined;
}

function fixedText(value: AttributeValue, dtype: DataType): FillValue | undefined {
  if (typeof value !== "string") return undefined;
  if (dtype === "string") return value;
  const length = Number(dtype.slice(1));
  if (dtype.startsWith("U")) return [...value].length <= length ? value : undefined;
  const bytes = new Uint8Array(Buffer.from(value, "utf8"));
  return bytes.length <= length ? bytes : undefined;
}

/** How a Zarr v2 array says its missing data and its missing chunks, which are one word in that version. */
export interface FillPlanV2 {
  readonly fillValue: FillValue | null;
  /** What is left for `.zattrs`. */
  readonly attrs: Attributes;
  /**
   * True where a chunk that was never written must be served, filled with the source's fill value: clients would
   * read something else, or take real values for missing ones.
   */
  readonly fillsMissingChunks: boolean;
}

/**
 * xarray takes `fill_value` of Zarr v2 for `_FillValue`, so it is set only where the source has such an attribute and
 * chunks that were never written read the same. An attribute that is no element of the type stays where it is, but for
 * NaN of integers: JSON would say null.
 * @param fill what missing chunks of the source read as, null where that is undefined
 */
export function planFillV2(dtype: DataType, fill: FillValue | null, attrs: Attributes): FillPlanV2 {
  const attribute = attrs[FILL_ATTRIBUTE];
  const declared = attribute === undefined ? undefined : declaredFill(attribute, dtype, fill);
  if (declared === undefined || (fill !== null && !isSameFill(fill, declared))) {
    const isWritable = declared !== undefined || typeof attribute !== "number" || Number.isFinite(attribute);
    const kept = isWritable ? attrs : without(attrs, FILL_ATTRIBUTE);
    return { fillValue: null, attrs: kept, fillsMissingChunks: fill !== null };
  }
  return { fillValue: declared, attrs: without(attrs, FILL_ATTRIBUTE), fillsMissingChunks: false };
}

/** Bytes that are no text cannot be read back from the attribute that they became: it stands for the fill they came from. */
function declaredFill(
  attribute: AttributeValue,
  dtype: DataType,
  fill: FillValue | null,
): FillValue | undefined {
  return fill instanceof Uint8Array && attribute === attributeOfFill(fill, dtype)
    ? fill
    : fillOfAttribute(attribute, dtype);
}

/** Attributes of a Zarr v2 array as xarray shows them: its `fill_value` is the `_FillValue`. */
export function attributesFromV2(attrs: Attributes, fill: FillValue | null, dtype: DataType): Attributes {
  return fill === null ? attrs : { ...attrs, [FILL_ATTRIBUTE]: attributeOfFill(fill, dtype) };
}

/** Attributes of a Zarr v3 array as xarray shows them: `_FillValue` of floats is base64 of a float64. */
export function attributesFromV3(attrs: Attributes, dtype: DataType): Attributes {
  const stored = attrs[FILL_ATTRIBUTE];
  if (stored === undefined) return attrs;
  const decoded =
    dtype.startsWith("complex") && isList(stored) ? stored.map(decodeFloat) : decodeFloat(stored);
  return dtype.startsWith("float") || dtype.startsWith("complex")
    ? { ...attrs, [FILL_ATTRIBUTE]: decoded }
    : attrs;
}

function decodeFloat(value: AttributeValue): AttributeValue {
  const bytes = typeof value === "string" && value.length === 12 ? Buffer.from(value, "base64") : undefined;
  return bytes?.length === 8 ? bytes.readDoubleLE() : value;
}

/**
 * Attributes for a Zarr v3 array. xarray refuses the whole dataset where `_FillValue` is not what its FillValueCoder
 * writes, and that has no word for text, bytes, times, NaN in integers: such a value becomes `missing_value`, which
 * masks the same elements, or is left out where it masks none.
 */
export function attributesForV3(attrs: Attributes, dtype: DataType): Attributes {
  const value = attrs[FILL_ATTRIBUTE];
  if (value === undefined) return attrs;
  const single = Array.isArray(value) && value.length === 1 ? (value[0] as AttributeValue) : value; // an array, by isArray
  const encoded = encodeForV3(single, dtype);
  if (encoded !== undefined) return { ...attrs, [FILL_ATTRIBUTE]: encoded };
  const rest = without(attrs, FILL_ATTRIBUTE);
  return masksAsMissingValue(single, dtype) && !("missing_value" in attrs)
    ? { ...rest, missing_value: single }
    : rest;
}

function encodeForV3(value: AttributeValue, dtype: DataType): AttributeValue | undefined {
  if (dtype === "bool") return typeof value === "boolean" || typeof value === "bigint" ? value : undefined;
  if (isTimeType(dtype) || isFixedStringType(dtype) || dtype === "string") return undefined;
  if (dtype.startsWith("float")) return encodeFloat(value);
  if (!dtype.startsWith("complex")) return encodeInteger(value);
  const parts = isList(value) && value.length === 2 ? value.map(encodeFloat) : [];
  return parts.length === 2 && parts.every((part) => part !== undefined) ? parts : undefined; // all encoded
}

function encodeFloat(value: AttributeValue): string | undefined {
  if (typeof value !== "number" && typeof value !== "bigint") return undefined;
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(Number(value));
  return bytes.toString("base64");
}

function encodeInteger(value: AttributeValue): bigint | undefined {
  if (typeof value === "bigint") return value;
  return typeof value === "number" && Number.isInteger(value) ? BigInt(value) : undefined;
}

function masksAsMissingValue(value: AttributeValue, dtype: DataType): boolean {
  if (isFixedStringType(dtype) || dtype === "string") return typeof value === "string";
  return /^u?int/.test(dtype) && typeof value === "number" && Number.isFinite(value);
}

function without(attrs: Attributes, name: string): Attributes {
  return Object.fromEntries(Object.entries(attrs).filter(([key]) => key !== name));
}
