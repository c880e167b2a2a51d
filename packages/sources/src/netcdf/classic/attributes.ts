import type { Attributes, AttributeValue, FillValue } from "@zarr-gateway/dataset";
import type { ClassicAttribute, ClassicVariable } from "./header.ts";

/** No real attribute is longer; a number costs many times its bytes once it is a value. */
export const MAX_ATTRIBUTE_ELEMENTS = 100_000;

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Attributes as netCDF4-python gives them: text as string, one number as scalar, several as list, integers as bigint.
 * Names of those that are too long come back in `skipped`.
 */
export function classicAttributes(stored: readonly ClassicAttribute[]): {
  readonly attrs: Attributes;
  readonly skipped: readonly string[];
} {
  const skipped: string[] = [];
  const entries: [string, AttributeValue][] = [];
  for (const attribute of stored) {
    const isNumeric = attribute.type.name !== "char";
    if (isNumeric && attribute.bytes.length / attribute.type.bytes > MAX_ATTRIBUTE_ELEMENTS)
      skipped.push(attribute.name);
    else entries.push([attribute.name, attributeValue(attribute)]);
  }
  return { attrs: Object.fromEntries(entries), skipped };
}

function attributeValue(attribute: ClassicAttribute): AttributeValue {
  // C programs store the terminating NUL, or pad with them; netCDF4-python drops all of them
  if (attribute.type.name === "char") return decoder.decode(attribute.bytes).replaceAll("\0", "");
  const numbers = attributeNumbers(attribute);
  return numbers.length === 1 ? (numbers[0] ?? null) : numbers;
}

function attributeNumbers({ type, bytes }: ClassicAttribute): (number | bigint)[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const read = readerOf(type.name, view);
  return Array.from({ length: bytes.length / type.bytes }, (_, position) => read(position * type.bytes));
}

function readerOf(type: string, view: DataView): (offset: number) => number | bigint {
  switch (type) {
    case "byte":
      return (offset) => BigInt(view.getInt8(offset));
    case "ubyte":
      return (offset) => BigInt(view.getUint8(offset));
    case "short":
      return (offset) => BigInt(view.getInt16(offset));
    case "ushort":
      return (offset) => BigInt(view.getUint16(offset));
    case "int":
      return (offset) => BigInt(view.getInt32(offset));
    case "uint":
      return (offset) => BigInt(view.getUint32(offset));
    case "int64":
      return (offset) => view.getBigInt64(offset);
    case "uint64":
      return (offset) => view.getBigUint64(offset);
    case "float":
      return (offset) => view.getFloat32(offset);
    default:
      return (offset) => view.getFloat64(offset);
  }
}

/** The `_FillValue` of a variable, where it has one of its own type. */
export function classicFill({ type, attributes }: ClassicVariable): FillValue | null {
  const fill = attributes.find(({ name }) => name === "_FillValue");
  if (fill === undefined || fill.type !== type || fill.bytes.length !== type.bytes) return null;
  if (type.name === "char") return fill.bytes;
  const [value] = attributeNumbers(fill);
  if (value === undefined) return null;
  return type.name === "int64" || type.name === "uint64" ? value : Number(value);
}
