import { File, ready } from "h5wasm/node";
import type { Field, FieldAttributes, FieldSet, FieldValues } from "./field.ts";

// letters of Python's struct: h5wasm ignores the digits of "<f8"
const DTYPES = new Map<unknown, string>([
  [Float32Array, "<f"],
  [Float64Array, "<d"],
  [Int16Array, "<h"],
  [Int32Array, "<i"],
]);

/** What of an h5wasm object this file needs. */
interface Attributed {
  create_attribute(name: string, data: unknown, shape?: number[], dtype?: string): void;
}

/** Writes a NetCDF-4 file: HDF5 with dimension scales, data variables in deflated chunks. */
export async function writeNetcdf4(path: string, { dims, fields, attrs }: FieldSet): Promise<void> {
  await ready;
  const file = new File(path, "w");
  try {
    writeAttributes(file, attrs);
    for (const field of fields) writeField(file, field, dims);
    for (const field of fields) attachDimensions(file, field);
  } finally {
    file.close();
  }
}

function writeField(file: File, field: Field, dims: FieldSet["dims"]): void {
  const { name, values, chunks } = field;
  const dataset = file.create_dataset({
    name,
    data: values,
    shape: field.dims.map((dim) => dims[dim] ?? 0),
    dtype: dtypeOf(values),
    ...(chunks ? { chunks: [...chunks], compression: "gzip", compression_opts: 6 } : {}),
  });
  if (isCoordinate(field)) dataset.make_scale(name);
  if (field.fill !== undefined) dataset.create_attribute("_FillValue", [field.fill], [1], dtypeOf(values));
  writeAttributes(dataset, field.attrs);
}

function attachDimensions(file: File, field: Field): void {
  if (isCoordinate(field)) return;
  const dataset = file.get(field.name) as ReturnType<File["create_dataset"]>; // written by writeField
  for (const [axis, dim] of field.dims.entries()) dataset.attach_scale(axis, `/${dim}`);
}

function writeAttributes(target: Attributed, attrs: FieldAttributes): void {
  for (const [name, value] of Object.entries(attrs)) {
    if (typeof value === "number") target.create_attribute(name, [value], [1], "<d");
    else target.create_attribute(name, value, [], `S${Buffer.byteLength(value)}`);
  }
}

const isCoordinate = (field: Field): boolean => field.dims.length === 1 && field.dims[0] === field.name;
const dtypeOf = (values: FieldValues): string => DTYPES.get(values.constructor) ?? "<d";
