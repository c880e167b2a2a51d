import type { Attributes, AttributeValue } from "@zarr-gateway/dataset";
import { formatJson } from "@zarr-gateway/primitives";
import { CLASSIC_TYPES, type ClassicType } from "../classic-type.ts";
import type { ClassicAttribute } from "../header.ts";

/** Attributes that have the type of their variable: CF §2.5.1, §3.5. */
const OF_VARIABLE = new Set([
  "_FillValue",
  "missing_value",
  "valid_min",
  "valid_max",
  "valid_range",
  "flag_values",
  "flag_masks",
]);

const TYPES = Object.fromEntries([...CLASSIC_TYPES.values()].map((type) => [type.name, type]));

/**
 * Attributes in the types that the format has: integers in the smallest of `int` and `int64` that holds them, other
 * numbers as `double`, lists of texts in one text; what has no form at all is JSON.
 * @param of type of the variable that they belong to; undefined for text and for global ones
 */
export function storedAttributes(attrs: Attributes, of: ClassicType | undefined): ClassicAttribute[] {
  return Object.entries(attrs).flatMap(([name, value]) => {
    const stored = value === null ? undefined : storedValue(name, value, of);
    return stored === undefined ? [] : [{ name, ...stored }];
  });
}

type Stored = Pick<ClassicAttribute, "type" | "bytes">;

function storedValue(
  name: string,
  value: Exclude<AttributeValue, null>,
  of: ClassicType | undefined,
): Stored | undefined {
  const items: readonly AttributeValue[] = Array.isArray(value) ? value : [value];
  if (items.every(isNumeric)) {
    if (OF_VARIABLE.has(name) && of !== undefined) return fits(items, of) ? numeric(items, of) : undefined;
    return numeric(items, typeFor(items));
  }
  if (name === "_FillValue") return undefined; // of text: none of its readers needs one
  if (items.every((item) => typeof item === "string")) return text(items.join(", "));
  if (items.every((item) => typeof item === "boolean"))
    return numeric(
      items.map((item) => BigInt(item)),
      named("byte"),
    );
  return text(formatJson(value));
}

function isNumeric(value: AttributeValue): value is number | bigint {
  return typeof value === "number" || typeof value === "bigint";
}

function typeFor(items: readonly (number | bigint)[]): ClassicType {
  if (!items.every((item) => typeof item === "bigint")) return named("double");
  if (items.every((item) => BigInt.asIntN(32, item) === item)) return named("int");
  return named(items.every((item) => BigInt.asIntN(64, item) === item) ? "int64" : "uint64");
}

/** An attribute of another kind than its variable, such as NaN on integers, says nothing that can be written. */
function fits(items: readonly (number | bigint)[], { name, bytes }: ClassicType): boolean {
  if (name === "char") return false;
  if (name === "float" || name === "double") return true;
  return items.every((item) => {
    if (typeof item === "number" && !Number.isInteger(item)) return false;
    const exact = BigInt(item);
    return exact === (name.startsWith("u") ? BigInt.asUintN : BigInt.asIntN)(8 * bytes, exact);
  });
}

function numeric(items: readonly (number | bigint)[], type: ClassicType): Stored {
  const view = new DataView(new ArrayBuffer(items.length * type.bytes));
  for (const [at, item] of items.entries()) setNumber(view, at * type.bytes, type, item);
  return { type, bytes: new Uint8Array(view.buffer) };
}

function setNumber(view: DataView, offset: number, type: ClassicType, item: number | bigint): void {
  if (type.name === "float") view.setFloat32(offset, Number(item));
  else if (type.name === "double") view.setFloat64(offset, Number(item));
  else if (type.bytes === 8) view.setBigInt64(offset, BigInt(item));
  else if (type.bytes === 4) view.setInt32(offset, Number(item));
  else if (type.bytes === 2) view.setInt16(offset, Number(item));
  else view.setInt8(offset, Number(item));
}

function text(value: string): Stored {
  return { type: named("char"), bytes: new TextEncoder().encode(value) };
}

function named(name: string): ClassicType {
  const type = TYPES[name];
  if (type === undefined) throw new Error(`the classic format has no type ${name}`);
  return type;
}
