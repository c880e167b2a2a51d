import type { ByteCursor } from "./byte-cursor.ts";
import { damaged, notSupported } from "./damaged.ts";

/** An HDF5 datatype; `size` is the bytes of one element in the file. */
export type Hdf5Type =
  | {
      readonly kind: "integer";
      readonly size: number;
      readonly bigEndian: boolean;
      readonly signed: boolean;
      /** The bits of the element that are the number, where the others are padding. */
      readonly bits?: SignificantBits;
    }
  | { readonly kind: "float"; readonly size: number; readonly bigEndian: boolean; readonly isIeee: boolean }
  | { readonly kind: "string"; readonly size: number; readonly padding: StringPadding }
  | { readonly kind: "variable-string"; readonly size: number }
  | {
      readonly kind: "enum";
      readonly size: number;
      readonly base: Hdf5Type;
      readonly names: readonly string[];
      readonly values: readonly Uint8Array[];
    }
  | { readonly kind: "compound"; readonly size: number; readonly members: readonly CompoundMember[] }
  | {
      readonly kind: "array";
      readonly size: number;
      readonly base: Hdf5Type;
      readonly shape: readonly number[];
    }
  | { readonly kind: "variable-list"; readonly size: number; readonly base: Hdf5Type }
  | { readonly kind: "complex"; readonly size: number; readonly base: Hdf5Type }
  | { readonly kind: "reference"; readonly size: number; readonly isObject: boolean }
  | { readonly kind: "other"; readonly size: number; readonly name: string };
export type StringPadding = "zero-terminated" | "zero-padded" | "space-padded";

/** `precision` bits from bit `offset` on; the sign is the highest of them. */
export interface SignificantBits {
  readonly offset: number;
  readonly precision: number;
}

export interface CompoundMember {
  readonly name: string;
  readonly offset: number;
  readonly type: Hdf5Type;
}

const MAX_DEPTH = 16;

/** @see HDF5 File Format Specification 3.0, IV.A.2.d */
export function parseDatatype(cursor: ByteCursor, depth = 0): Hdf5Type {
  if (depth > MAX_DEPTH) throw damaged("a datatype is nested too deeply");
  const head = cursor.u8();
  const version = head >> 4;
  if (version < 1 || version > 5) throw notSupported(`a datatype of version ${version}`);
  const bits = cursor.uint(3);
  const size = cursor.u32();
  const context = { cursor, version, bits, size, depth };
  switch (head & 15) {
    case 0:
      return parseIntegerType(context);
    case 1:
      return parseFloatType(context);
    case 2:
      cursor.skip(2);
      return { kind: "other", size, name: "time" };
    case 3:
      return { kind: "string", size, padding: stringPadding(bits & 15) };
    case 4:
      cursor.skip(4);
      return { kind: "other", size, name: "bitfield" };
    case 5:
      cursor.skip(Math.min(cursor.remaining, Math.ceil((bits & 255) / 8) * 8));
      return { kind: "other", size, name: "opaque" };
    case 6:
      return parseCompound(context);
    case 7:
      return { kind: "reference", size, isObject: (bits & 15) === 0 };
    case 8:
      return parseEnum(context);
    case 9:
      return parseVariableLength(context);
    case 10:
      return parseArray(context);
    case 11:
      return { kind: "complex", size, base: parseDatatype(cursor, depth + 1) };
    default:
      throw notSupported(`a datatype of class ${head & 15}`);
  }
}

interface TypeContext {
  readonly cursor: ByteCursor;
  readonly version: number;
  readonly bits: number;
  readonly size: number;
  readonly depth: number;
}

function parseIntegerType({ cursor, bits, size }: TypeContext): Hdf5Type {
  const offset = cursor.u16();
  const precision = cursor.u16();
  if (precision === 0 || offset + precision > 8 * size)
    throw damaged(`an integer of ${precision} bits from bit ${offset} in ${size} bytes`);
  const type = { kind: "integer", size, bigEndian: (bits & 1) !== 0, signed: (bits & 8) !== 0 } as const;
  return precision === 8 * size ? type : { ...type, bits: { offset, precision } };
}

/** Exponent location, its size, mantissa size and exponent bias of the IEEE 754 formats. */
const IEEE: Readonly<Record<number, readonly number[]>> = {
  2: [10, 5, 10, 15],
  4: [23, 8, 23, 127],
  8: [52, 11, 52, 1023],
};

function parseFloatType({ cursor, bits, size }: TypeContext): Hdf5Type {
  const offset = cursor.u16();
  const precision = cursor.u16();
  const exponentLocation = cursor.u8();
  const exponentSize = cursor.u8();
  const mantissaLocation = cursor.u8();
  const mantissaSize = cursor.u8();
  const found = [exponentLocation, exponentSize, mantissaSize, cursor.u32()];
  const isVax = (bits & 0x40) !== 0;
  const isWhole = offset === 0 && precision === 8 * size && mantissaLocation === 0 && !isVax;
  const isIeee = isWhole && (IEEE[size]?.every((value, i) => value === found[i]) ?? false);
  return { kind: "float", size, bigEndian: (bits & 1) !== 0, isIeee };
}

function stringPadding(code: number): StringPadding {
  if (code === 0) return "zero-terminated";
  return code === 1 ? "zero-padded" : "space-padded";
}

function parseCompound({ cursor, version, bits, size, depth }: TypeContext): Hdf5Type {
  const count = bits & 0xffff;
  const members: CompoundMember[] = [];
  for (let i = 0; i < count; i += 1) {
    const name = memberName(cursor, version);
    const offset = version < 3 ? cursor.u32() : cursor.uint(bytesToHold(size));
    if (version === 1) {
      const rank = cursor.u8();
      cursor.skip(11);
      const shape = [cursor.u32(), cursor.u32(), cursor.u32(), cursor.u32()].slice(0, Math.min(rank, 4));
      const base = parseDatatype(cursor, depth + 1);
      const elements = shape.reduce((product, length) => product * length, 1);
      const type: Hdf5Type = rank === 0 ? base : { kind: "array", size: base.size * elements, base, shape };
      members.push({ name, offset, type });
    } else {
      members.push({ name, offset, type: parseDatatype(cursor, depth + 1) });
    }
  }
  return { kind: "compound", size, members };
}

function parseEnum({ cursor, version, bits, size, depth }: TypeContext): Hdf5Type {
  const base = parseDatatype(cursor, depth + 1);
  const count = bits & 0xffff;
  const names = Array.from({ length: count }, () => memberName(cursor, version));
  const values = Array.from({ length: count }, () => new Uint8Array(cursor.take(base.size)));
  return { kind: "enum", size, base, names, values };
}

function parseVariableLength({ cursor, bits, size, depth }: TypeContext): Hdf5Type {
  const base = parseDatatype(cursor, depth + 1);
  return (bits & 15) === 1 ? { kind: "variable-string", size } : { kind: "variable-list", size, base };
}

function parseArray({ cursor, version, size, depth }: TypeContext): Hdf5Type {
  const rank = cursor.u8();
  if (version < 3) cursor.skip(3);
  const shape = Array.from({ length: rank }, () => cursor.u32());
  if (version < 3) cursor.skip(4 * rank); // permutation, never used
  return { kind: "array", size, base: parseDatatype(cursor, depth + 1), shape };
}

/** Versions 1 and 2 pad names to a multiple of eight, version 3 does not. */
function memberName(cursor: ByteCursor, version: number): string {
  const start = cursor.position;
  const name = cursor.zeroTerminated();
  if (version < 3) cursor.align(8, start);
  return name;
}

/** Bytes that a number up to `limit` takes. */
export function bytesToHold(limit: number): number {
  let bytes = 1;
  for (let rest = Math.floor(limit / 256); rest > 0; rest = Math.floor(rest / 256)) bytes += 1;
  return bytes;
}
