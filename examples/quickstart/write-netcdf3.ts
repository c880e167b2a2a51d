import { writeFile } from "node:fs/promises";
import type { Field, FieldAttributes, FieldSet, FieldValues } from "./field.ts";

/** @see https://docs.unidata.ucar.edu/netcdf-c/current/file_format_specifications.html */
const TAGS = { dimension: 10, variable: 11, attribute: 12 };
const TYPES = { char: 2, short: 3, int: 4, float: 5, double: 6 };

/** Writes a classic NetCDF-3 file whose dimensions are all fixed. */
export async function writeNetcdf3(path: string, set: FieldSet): Promise<void> {
  const bodies = set.fields.map((field) => padded(bigEndian(field.values)));
  // the offsets stand inside the header, whose length does not depend on them
  let offset = header(set, bodies, 0).length;
  const start = offset;
  const parts = [header(set, bodies, start), ...bodies];
  for (const body of bodies) offset += body.length;
  const bytes = Buffer.concat(parts);
  if (bytes.length !== offset) throw new Error(`wrote ${bytes.length} bytes, planned ${offset}`);
  await writeFile(path, bytes);
}

function header({ dims, fields, attrs }: FieldSet, bodies: readonly Buffer[], start: number): Buffer {
  const names = Object.keys(dims);
  let begin = start;
  const variables = fields.map((field, position) => {
    const at = begin;
    begin += bodies[position]?.length ?? 0;
    return variable(field, names, at, bodies[position]?.length ?? 0);
  });
  return Buffer.concat([
    Buffer.from("CDF\x01", "latin1"),
    int(0),
    list(
      TAGS.dimension,
      names.map((name) => Buffer.concat([text(name), int(dims[name] ?? 0)])),
    ),
    attributes(attrs),
    list(TAGS.variable, variables),
  ]);
}

function variable(field: Field, names: readonly string[], begin: number, size: number): Buffer {
  const ids = field.dims.map((dim) => int(names.indexOf(dim)));
  return Buffer.concat([
    text(field.name),
    int(ids.length),
    ...ids,
    attributes(field.attrs),
    int(typeOf(field.values)),
    int(size),
    int(begin),
  ]);
}

function attributes(attrs: FieldAttributes): Buffer {
  const items = Object.entries(attrs).map(([name, value]) => {
    if (typeof value === "string") return Buffer.concat([text(name), int(TYPES.char), text(value)]);
    return Buffer.concat([text(name), int(TYPES.double), int(1), bigEndian(Float64Array.of(value))]);
  });
  return list(TAGS.attribute, items);
}

function list(tag: number, items: readonly Buffer[]): Buffer {
  return items.length === 0
    ? Buffer.concat([int(0), int(0)])
    : Buffer.concat([int(tag), int(items.length), ...items]);
}

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([int(bytes.length), padded(bytes)]);
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}

function bigEndian(values: FieldValues): Buffer {
  const bytes = Buffer.from(new Uint8Array(values.buffer, values.byteOffset, values.byteLength)); // a copy to swap in
  if (values.BYTES_PER_ELEMENT === 2) return bytes.swap16();
  return values.BYTES_PER_ELEMENT === 4 ? bytes.swap32() : bytes.swap64();
}

function typeOf(values: FieldValues): number {
  if (values instanceof Int16Array) return TYPES.short;
  if (values instanceof Int32Array) return TYPES.int;
  return values instanceof Float32Array ? TYPES.float : TYPES.double;
}
