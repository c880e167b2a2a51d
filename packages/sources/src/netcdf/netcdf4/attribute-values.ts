import type { Attributes, AttributeValue, DatasetWarning } from "@zarr-gateway/dataset";
import { type CallOptions, messageOf } from "@zarr-gateway/primitives";
import {
  damaged,
  elementsOf,
  type GlobalHeap,
  type Hdf5Attribute,
  type Hdf5Type,
  notSupported,
} from "../hdf5/index.ts";
import { significant } from "./significant-bits.ts";

/** Names that netCDF keeps for itself and shows nobody. @see netcdf-c libsrc4/nc4internal.c NC_reserved */
const RESERVED: ReadonlySet<string> = new Set([
  "CLASS",
  "DIMENSION_LIST",
  "NAME",
  "REFERENCE_LIST",
  "_ARRAY_DIMENSIONS",
  "_Codecs",
  "_Format",
  "_IsNetcdf4",
  "_NCProperties",
  "_Netcdf4Coordinates",
  "_Netcdf4Dimid",
  "_SuperblockVersion",
  "_nc3_strict",
  "_nczarr_attr",
  "_nczarr_attrs",
  "_nczarr_group",
  "_nczarr_array",
  "_nczarr_superblock",
]);
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** Attributes of one object as netCDF4-python gives them; what it could not show is left out with a warning. */
export async function attributeValues(
  stored: readonly Hdf5Attribute[],
  context: { readonly path: string; readonly heap: GlobalHeap; readonly warnings: DatasetWarning[] },
  options: CallOptions = {},
): Promise<Attributes> {
  const values: Record<string, AttributeValue> = {};
  for (const attribute of stored) {
    if (RESERVED.has(attribute.name)) continue;
    try {
      const found = attributeValue(attribute, context.heap, options);
      const value = found instanceof Promise ? await found : found;
      // "__proto__" must become a name like any other
      Object.defineProperty(values, attribute.name, {
        value,
        enumerable: true,
        configurable: true,
        writable: true,
      });
    } catch (error) {
      options.signal?.throwIfAborted();
      const message = `the attribute "${attribute.name}" is left out: ${messageOf(error)}`;
      context.warnings.push({ path: context.path, message });
    }
  }
  return values;
}

/** Text is a string, or a list of them; numbers are one scalar or a list. Only text of variable length takes a promise. */
export function attributeValue(
  attribute: Hdf5Attribute,
  heap: GlobalHeap,
  options: CallOptions = {},
): AttributeValue | Promise<AttributeValue> {
  const { type, space, data } = attribute;
  const count = elementsOf(space);
  if (type.kind === "string") {
    if (space.kind === "null") return "";
    const texts = Array.from({ length: count }, (_, i) =>
      fixedText(data.subarray(i * type.size, (i + 1) * type.size), space.kind === "scalar"),
    );
    return texts.length === 1 ? (texts[0] ?? "") : texts;
  }
  if (type.kind === "variable-string")
    return heap.texts(data, options).then((texts) => (texts.length === 1 ? (texts[0] ?? "") : texts));
  const numbers = numbersOf(type, data, count);
  if (space.kind === "scalar" || (space.shape.length === 1 && count === 1)) return numbers[0] ?? null;
  return space.shape.length > 1 ? nested(numbers, space.shape) : numbers;
}

/** netCDF reads a scalar as so many characters, of which Python drops the zeros, and a list as C strings. */
function fixedText(bytes: Uint8Array, isScalar: boolean): string {
  if (isScalar) return decoder.decode(bytes).replaceAll("\0", "");
  const end = bytes.indexOf(0);
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function numbersOf(type: Hdf5Type, data: Uint8Array, count: number): (number | bigint)[] {
  if (type.kind === "enum") return numbersOf(type.base, data, count);
  if (type.kind === "array") {
    const elements = type.shape.reduce((product, length) => product * length, count);
    if (elements * type.base.size > data.length) throw damaged("an array is shorter than its type");
    return numbersOf(type.base, data, elements);
  }
  if (type.kind !== "integer" && type.kind !== "float")
    throw notSupported(`values of type ${typeName(type)}`);
  const isKnown = type.kind === "integer" ? [1, 2, 4, 8].includes(type.size) : type.isIeee;
  if (!isKnown) throw notSupported(`numbers of an unusual format`);
  const numbers: (number | bigint)[] = [];
  for (let i = 0; i < count; i += 1) numbers.push(numberAt(type, data, i * type.size));
  return numbers;
}

/** Integers are bigint, floats number. */
export function numberAt(
  type: Hdf5Type & { kind: "integer" | "float" },
  data: Uint8Array,
  position: number,
): number | bigint {
  const view = new DataView(data.buffer, data.byteOffset + position, type.size);
  if (type.kind === "float") {
    const little = !type.bigEndian;
    if (type.size === 2) return view.getFloat16(0, little);
    return type.size === 4 ? view.getFloat32(0, little) : view.getFloat64(0, little);
  }
  const stored = storedInteger(type, view);
  return type.bits ? significant(stored, { ...type.bits, signed: type.signed }) : stored;
}

function storedInteger(type: Hdf5Type & { kind: "integer" }, view: DataView): bigint {
  const little = !type.bigEndian;
  switch (type.size) {
    case 1:
      return BigInt(type.signed ? view.getInt8(0) : view.getUint8(0));
    case 2:
      return BigInt(type.signed ? view.getInt16(0, little) : view.getUint16(0, little));
    case 4:
      return BigInt(type.signed ? view.getInt32(0, little) : view.getUint32(0, little));
    default:
      return type.signed ? view.getBigInt64(0, little) : view.getBigUint64(0, little);
  }
}

function nested(numbers: readonly (number | bigint)[], shape: readonly number[]): AttributeValue {
  const [length = 0, ...rest] = shape;
  if (rest.length === 0) return [...numbers];
  const step = length === 0 ? 0 : numbers.length / length;
  return Array.from({ length: Math.min(length, numbers.length) }, (_, i) =>
    nested(numbers.slice(i * step, (i + 1) * step), rest),
  );
}

/** The word for a type in messages. */
export function typeName(type: Hdf5Type): string {
  return type.kind === "other" ? type.name : type.kind.replaceAll("-", " ");
}
