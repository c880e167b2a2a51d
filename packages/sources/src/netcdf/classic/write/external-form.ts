import {
  type Attributes,
  type BinaryValues,
  bytesOfValues,
  bytesPerElement,
  type DataType,
  isFixedStringType,
  isStringValues,
  isTimeType,
  type Values,
} from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import { CLASSIC_TYPES, type ClassicType } from "../classic-type.ts";

/** How elements of a type stand in a file of the classic format. */
export interface ExternalForm {
  readonly type: ClassicType;
  /** Length of the dimension of characters that text has besides its own; absent for numbers. */
  readonly characters?: number;
  /** Attributes by which readers know what the numbers or characters were. */
  readonly attrs: Attributes;
  /** Bytes in the file's order, padded to whole elements; never those of `values` themselves. */
  encode(values: Values): Uint8Array;
}

const BY_DTYPE: ReadonlyMap<DataType, ClassicType> = new Map(
  [...CLASSIC_TYPES.values()].map((type) => [type.dtype, type]),
);

/**
 * @param characters bytes that the longest text takes as UTF-8; of no meaning for numbers
 * @throws GatewayError unsupported for a type that no version of the format has
 */
export function externalForm(name: string, dtype: DataType, characters: number): ExternalForm {
  if (dtype === "bool") return { ...numbers("int8"), attrs: { dtype: "bool" } };
  if (dtype === "float16") {
    const form = numbers("float32");
    return { ...form, encode: (values) => form.encode(Float32Array.from(values as Float16Array)) }; // the type's own values
  }
  if (isTimeType(dtype)) return { ...numbers("int64"), attrs: timeAttributes(name, dtype) };
  if (dtype === "string" || dtype.startsWith("U")) {
    const texts = dtype === "string" ? undefined : (bytesPerElement(dtype) ?? 4);
    return {
      type: typeOf("S1"),
      characters,
      attrs: { _Encoding: "utf-8" },
      encode: (values) => encodeTexts(textsOf(values, texts), characters),
    };
  }
  if (isFixedStringType(dtype)) {
    const width = bytesPerElement(dtype) ?? 1;
    return {
      type: typeOf("S1"),
      ...(width > 1 && { characters: width }),
      attrs: {},
      encode: (values) => new Uint8Array(bytesOfValues(values as Uint8Array)), // the type's own values
    };
  }
  if (!BY_DTYPE.has(dtype))
    throw new GatewayError("unsupported", `NetCDF has no type for the ${dtype} values of "${name}"`);
  return numbers(dtype);
}

/** Bytes that the longest of these texts takes as UTF-8. */
export function longestText(dtype: DataType, values: Values): number {
  const width = dtype === "string" ? undefined : (bytesPerElement(dtype) ?? 4);
  return textsOf(values, width).reduce((longest, text) => Math.max(longest, Buffer.byteLength(text)), 0);
}

/** True for text whose length in the file is not known before it is read. */
export function isMeasured(dtype: DataType): boolean {
  return dtype === "string" || /^U\d+$/.test(dtype);
}

function numbers(dtype: DataType): ExternalForm {
  const type = typeOf(dtype);
  return { type, attrs: {}, encode: (values) => swapped(values as BinaryValues, type.bytes) }; // numbers are never strings
}

function typeOf(dtype: DataType): ClassicType {
  const type = BY_DTYPE.get(dtype);
  if (type === undefined) throw new Error(`the classic format has no type for ${dtype}`);
  return type;
}

function swapped(values: BinaryValues, bytes: 1 | 2 | 4 | 8): Uint8Array {
  const copy = Buffer.from(bytesOfValues(values));
  if (bytes === 2) return copy.swap16();
  if (bytes === 4) return copy.swap32();
  return bytes === 8 ? copy.swap64() : copy;
}

/** As xarray writes times: integers of the same unit; NaT, the least of them, is the fill value. */
function timeAttributes(name: string, dtype: DataType): Attributes {
  const [, kind = "", count = "", unit = ""] = /^(\w+)64\[(\d*)(\w+)\]$/.exec(dtype) ?? [];
  const words: Readonly<Record<string, string>> = {
    W: "weeks",
    D: "days",
    h: "hours",
    m: "minutes",
    s: "seconds",
    ms: "milliseconds",
    us: "microseconds",
    ns: "nanoseconds",
  };
  const word = words[unit];
  if (word === undefined || count !== "")
    throw new GatewayError("unsupported", `NetCDF has no unit of time for the ${dtype} values of "${name}"`);
  const fill = { _FillValue: -(2n ** 63n) };
  if (kind === "timedelta") return { ...fill, units: word, dtype };
  return { ...fill, units: `${word} since 1970-01-01`, calendar: "proleptic_gregorian" };
}

function textsOf(values: Values, width: number | undefined): readonly string[] {
  if (isStringValues(values)) return values;
  const bytes = bytesOfValues(values);
  const points = new Uint32Array(new Uint8Array(bytes).buffer);
  const perText = (width ?? 4) / 4;
  return Array.from({ length: points.length / perText }, (_, at) => {
    const text = points.subarray(at * perText, (at + 1) * perText);
    const end = text.findLastIndex((point) => point !== 0) + 1;
    return String.fromCodePoint(...text.subarray(0, end));
  });
}

function encodeTexts(texts: readonly string[], width: number): Uint8Array {
  const bytes = Buffer.alloc(texts.length * width);
  for (const [at, text] of texts.entries()) bytes.write(text, at * width, width, "utf8");
  return bytes;
}
