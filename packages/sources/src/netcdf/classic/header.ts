import { GatewayError } from "@zarr-gateway/primitives";
import { CLASSIC_TYPES, type ClassicType } from "./classic-type.ts";
import { HeaderCursor, isHeaderContinued } from "./header-cursor.ts";

/** 1: classic, 2: 64-bit offset, 5: 64-bit data. */
export type ClassicVersion = 1 | 2 | 5;

export interface ClassicDimension {
  readonly name: string;
  /** 0 marks the record dimension. */
  readonly length: number;
}

export interface ClassicAttribute {
  readonly name: string;
  readonly type: ClassicType;
  /** Big-endian, without padding. */
  readonly bytes: Uint8Array;
}

export interface ClassicVariable {
  readonly name: string;
  /** Positions in `ClassicHeader.dimensions`. */
  readonly dimensions: readonly number[];
  readonly attributes: readonly ClassicAttribute[];
  readonly type: ClassicType;
  /** First byte of the data, of the first record for a record variable. */
  readonly begin: number;
}

export interface ClassicHeader {
  readonly version: ClassicVersion;
  /** undefined: STREAMING, to be worked out from the size of the file. */
  readonly records: number | undefined;
  readonly dimensions: readonly ClassicDimension[];
  readonly attributes: readonly ClassicAttribute[];
  readonly variables: readonly ClassicVariable[];
}

export const TAG_DIMENSION = 10;
export const TAG_VARIABLE = 11;
export const TAG_ATTRIBUTE = 12;

/** True for the first four bytes of any file of this family. */
export function isClassic(magic: Uint8Array): boolean {
  return magic[0] === 0x43 && magic[1] === 0x44 && magic[2] === 0x46 && [1, 2, 5].includes(magic[3] ?? 0);
}

/**
 * The header at the start of a file of `fileSize` bytes, or undefined when it goes on past `bytes`.
 * @throws GatewayError upstream when it is damaged or goes on past the end of the file
 * @see NetCDF file format specification, "The Classic Format"; CDF-5 of PnetCDF
 */
export function parseHeader(bytes: Uint8Array, fileSize: number): ClassicHeader | undefined {
  try {
    return parseAll(bytes, fileSize);
  } catch (error) {
    if (isHeaderContinued(error)) return undefined;
    throw error;
  }
}

function parseAll(bytes: Uint8Array, fileSize: number): ClassicHeader {
  const magic = new HeaderCursor(bytes, fileSize, false).take(4, "magic number");
  if (!isClassic(magic))
    throw new GatewayError("upstream", "not a NetCDF-3 file: it does not begin with CDF");
  const version: ClassicVersion = magic[3] === 5 ? 5 : magic[3] === 2 ? 2 : 1;
  const cursor = new HeaderCursor(bytes, fileSize, version === 5);
  cursor.take(4, "magic number");
  const records = cursor.recordCount();
  const dimensions = parseList(cursor, TAG_DIMENSION, "dimensions", parseDimension);
  const attributes = parseList(cursor, TAG_ATTRIBUTE, "attributes", parseAttribute);
  const variables = parseList(cursor, TAG_VARIABLE, "variables", (at) => parseVariable(at, version));
  const header = { version, records, dimensions, attributes, variables };
  checkDimensions(header);
  return header;
}

/** Fewest bytes that an element of each list takes, so that a count can be judged before anything is made of it. */
const LEAST_BYTES: Readonly<Record<number, number>> = {
  [TAG_DIMENSION]: 8,
  [TAG_VARIABLE]: 28,
  [TAG_ATTRIBUTE]: 12,
};

function parseList<Item>(
  cursor: HeaderCursor,
  tag: number,
  what: string,
  parseItem: (cursor: HeaderCursor) => Item,
): Item[] {
  const found = cursor.uint32(`list of ${what}`);
  const count = cursor.count(LEAST_BYTES[tag] ?? 1, `number of ${what}`);
  if (found !== tag && (found !== 0 || count !== 0)) {
    throw new GatewayError("upstream", `damaged: tag ${found} where a list of ${what} (${tag}) was expected`);
  }
  const items: Item[] = [];
  for (let position = 0; position < count; position += 1) items.push(parseItem(cursor));
  return items;
}

function parseDimension(cursor: HeaderCursor): ClassicDimension {
  const name = cursor.name("name of a dimension");
  return { name, length: cursor.length(`length of dimension "${name}"`) };
}

function parseAttribute(cursor: HeaderCursor): ClassicAttribute {
  const name = cursor.name("name of an attribute");
  const type = parseType(cursor, `attribute "${name}"`);
  const count = cursor.count(type.bytes, `length of attribute "${name}"`);
  return { name, type, bytes: cursor.takePadded(count * type.bytes, `attribute "${name}"`) };
}

function parseVariable(cursor: HeaderCursor, version: ClassicVersion): ClassicVariable {
  const name = cursor.name("name of a variable");
  const what = `variable "${name}"`;
  const rank = cursor.count(version === 5 ? 8 : 4, `rank of ${what}`);
  const dimensions: number[] = [];
  for (let axis = 0; axis < rank; axis += 1) dimensions.push(cursor.length(`dimensions of ${what}`));
  const attributes = parseList(cursor, TAG_ATTRIBUTE, `attributes of ${what}`, parseAttribute);
  const type = parseType(cursor, what);
  cursor.skipSize(`size of ${what}`); // redundant, and wrong in large files: 2^32-1 stands for "more"
  const begin = version === 1 ? cursor.uint32(`offset of ${what}`) : cursor.uint64(`offset of ${what}`);
  return { name, dimensions, attributes, type, begin };
}

function parseType(cursor: HeaderCursor, what: string): ClassicType {
  const code = cursor.uint32(`type of ${what}`);
  const type = CLASSIC_TYPES.get(code);
  if (type === undefined) throw new GatewayError("upstream", `damaged: ${what} has the unknown type ${code}`);
  return type;
}

function checkDimensions({ dimensions, variables }: ClassicHeader): void {
  if (dimensions.filter(({ length }) => length === 0).length > 1) {
    throw new GatewayError("upstream", "damaged: more than one record dimension");
  }
  for (const { name, dimensions: axes } of variables) {
    for (const [axis, position] of axes.entries()) {
      const dimension = dimensions[position];
      if (dimension === undefined) {
        throw new GatewayError(
          "upstream",
          `damaged: variable "${name}" has dimension ${position} of ${dimensions.length}`,
        );
      }
      if (dimension.length === 0 && axis > 0) {
        throw new GatewayError(
          "upstream",
          `damaged: the record dimension is not the first of variable "${name}"`,
        );
      }
    }
  }
}
