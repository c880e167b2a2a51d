import type { DataType, FillValue } from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { GlobalHeap, Hdf5Dataset, Hdf5Type } from "../hdf5/index.ts";
import { numberAt, typeName } from "./attribute-values.ts";
import type { PaddedInteger } from "./significant-bits.ts";

/** How the elements of a dataset are published. */
export interface ElementType {
  readonly dtype: DataType;
  /** The type under which stored chunks are decoded: texts are bytes before they are texts. */
  readonly storedType: DataType;
  readonly bigEndian: boolean;
  readonly text: "none" | "fixed" | "variable";
  /** Integers of fewer bits than their bytes have, which no codec of Zarr describes. */
  readonly padded?: PaddedInteger;
}

/**
 * The element type, or why it cannot be published.
 * @param namedTypes that the file has: an enumeration with a name is one of netCDF, which has numbers for readers even
 *   where its members are those of a boolean
 */
export function elementTypeOf(
  { type }: Pick<Hdf5Dataset, "type">,
  namedTypes: readonly Hdf5Type[],
): ElementType | { readonly reason: string } {
  switch (type.kind) {
    case "integer":
      return integerType(type);
    case "float": {
      const dtype = ({ 2: "float16", 4: "float32", 8: "float64" } as const)[type.size];
      return dtype && type.isIeee
        ? direct(dtype, type.bigEndian)
        : { reason: `floats of ${type.size} bytes in an unusual format` };
    }
    case "string":
      if (type.size === 1) return direct("S1", false);
      return {
        dtype: "string",
        storedType: `S${type.size}`,
        bigEndian: false,
        text: "fixed",
      };
    case "variable-string":
      return {
        dtype: "string",
        storedType: `S${type.size}`,
        bigEndian: false,
        text: "variable",
      };
    case "enum":
      if (isBoolean(type) && !namedTypes.some(isBoolean)) return direct("bool", false);
      return type.base.kind === "integer"
        ? integerType(type.base)
        : { reason: "an enumeration of no integers" };
    case "compound":
    case "complex":
      return complexType(type) ?? { reason: `elements of type ${typeName(type)}` };
    default:
      return { reason: `elements of type ${typeName(type)}` };
  }
}

function direct(dtype: DataType, bigEndian: boolean): ElementType {
  return { dtype, storedType: dtype, bigEndian, text: "none" };
}

function integerType(type: Hdf5Type & { kind: "integer" }): ElementType | { readonly reason: string } {
  const names = type.signed
    ? ({ 1: "int8", 2: "int16", 4: "int32", 8: "int64" } as const)
    : ({ 1: "uint8", 2: "uint16", 4: "uint32", 8: "uint64" } as const);
  const dtype = names[type.size as 1 | 2 | 4 | 8] as DataType | undefined; // other sizes give undefined
  if (!dtype) return { reason: `integers of ${type.size} bytes` };
  const whole = direct(dtype, type.bigEndian && type.size > 1);
  return type.bits ? { ...whole, padded: { ...type.bits, signed: type.signed } } : whole;
}

/** What h5py writes for booleans: an enumeration of FALSE and TRUE over int8, without a name. */
function isBoolean(type: Hdf5Type): boolean {
  if (type.kind !== "enum") return false;
  const at = (name: string) => type.values[type.names.indexOf(name)]?.[0];
  return type.size === 1 && type.names.length === 2 && at("FALSE") === 0 && at("TRUE") === 1;
}

/** Two floats side by side, called r and i (h5py, nc-complex), or the complex type of HDF5 2. */
function complexType(type: Hdf5Type): ElementType | undefined {
  const base = type.kind === "complex" ? type.base : type.kind === "compound" ? complexBase(type) : undefined;
  if (base?.kind !== "float" || !base.isIeee || type.size !== 2 * base.size) return undefined;
  if (base.size === 4) return direct("complex64", base.bigEndian);
  return base.size === 8 ? direct("complex128", base.bigEndian) : undefined;
}

function complexBase({ members }: Hdf5Type & { kind: "compound" }): Hdf5Type | undefined {
  const [real, imaginary] = members;
  if (members.length !== 2 || real?.name !== "r" || imaginary?.name !== "i") return undefined;
  const [a, b] = [real.type, imaginary.type];
  if (a.kind !== "float" || b.kind !== "float" || a.size !== b.size || a.bigEndian !== b.bigEndian)
    return undefined;
  return real.offset === 0 && imaginary.offset === a.size ? a : undefined;
}

/** What elements that were never written read as; null where the file promises nothing. */
export async function fillValueOf(
  dataset: Hdf5Dataset,
  element: ElementType,
  { heap, signal }: { readonly heap: GlobalHeap } & CallOptions,
): Promise<FillValue | null> {
  const { fill } = dataset;
  if (fill === "undefined-value") return null;
  if (element.text !== "variable") return directFill(dataset, element, fill);
  return fill === "zero" ? "" : ((await heap.texts(fill, { signal }))[0] ?? "");
}

function directFill({ type }: Hdf5Dataset, element: ElementType, fill: Uint8Array | "zero"): FillValue {
  const bytes =
    fill === "zero" || fill.length < type.size ? new Uint8Array(type.size) : fill.subarray(0, type.size);
  if (element.text === "fixed") return textOf(bytes);
  if (element.dtype === "S1") return new Uint8Array(bytes);
  if (element.dtype === "bool") return bytes[0] !== 0;
  const base = type.kind === "enum" ? type.base : type;
  if (base.kind === "integer") return integerFill(numberAt(base, bytes, 0), element.dtype);
  if (base.kind === "float") return Number(numberAt(base, bytes, 0));
  const part: Hdf5Type & { kind: "float" } = {
    kind: "float",
    size: type.size / 2,
    bigEndian: element.bigEndian,
    isIeee: true,
  };
  return [Number(numberAt(part, bytes, 0)), Number(numberAt(part, bytes, part.size))];
}

function integerFill(value: number | bigint, dtype: DataType): FillValue {
  return dtype === "int64" || dtype === "uint64" ? BigInt(value) : Number(value);
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** One text of fixed size, up to its first zero; padding of spaces stays, as netCDF leaves it. */
export function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return decoder.decode(end < 0 ? bytes : bytes.subarray(0, end));
}
