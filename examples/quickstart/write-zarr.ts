import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { zstdCompressSync } from "node:zlib";
import type { Field, FieldSet, FieldValues } from "./field.ts";

/** Writes a Zarr v3 store with inline consolidated metadata, chunks compressed with zstd. */
export async function writeZarr(folder: string, { dims, fields, attrs }: FieldSet): Promise<void> {
  const arrays = fields.map((field) => [field.name, arrayDocument(field, dims)] as const);
  const metadata = Object.fromEntries(arrays);
  await put(
    join(folder, "zarr.json"),
    json({ ...GROUP, attributes: attrs, consolidated_metadata: { ...CONSOLIDATED, metadata } }),
  );
  for (const [name, document] of arrays) await put(join(folder, name, "zarr.json"), json(document));
  for (const field of fields) {
    for (const [key, values] of chunksOf(field, dims)) {
      const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
      await put(join(folder, field.name, key), zstdCompressSync(bytes));
    }
  }
}

const GROUP = { zarr_format: 3, node_type: "group" };
const CONSOLIDATED = { kind: "inline", must_understand: false };

function arrayDocument(field: Field, dims: FieldSet["dims"]): object {
  return {
    zarr_format: 3,
    node_type: "array",
    shape: shapeOf(field, dims),
    data_type: field.values instanceof Float32Array ? "float32" : "float64",
    chunk_grid: { name: "regular", configuration: { chunk_shape: field.chunks ?? shapeOf(field, dims) } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    fill_value: "NaN",
    codecs: [
      { name: "bytes", configuration: { endian: "little" } },
      { name: "zstd", configuration: { level: 3, checksum: false } },
    ],
    attributes: field.attrs,
    dimension_names: field.dims,
  };
}

/** Whole chunks only: the lengths of this example are multiples of its chunk lengths. */
function* chunksOf(
  field: Field,
  dims: FieldSet["dims"],
): Generator<readonly [key: string, values: FieldValues]> {
  const shape = shapeOf(field, dims);
  const chunk = field.chunks ?? shape;
  const counts = shape.map((length, axis) => length / (chunk[axis] ?? 1));
  for (let number = 0; number < product(counts); number++) {
    const index = unravel(number, counts);
    const size = product(chunk);
    const values = field.values.slice(0, size);
    for (let element = 0; element < size; element++) {
      const inside = unravel(element, chunk);
      const position = inside.reduce(
        (at, offset, axis) => at * (shape[axis] ?? 1) + (index[axis] ?? 0) * (chunk[axis] ?? 1) + offset,
        0,
      );
      values[element] = field.values[position] ?? Number.NaN;
    }
    yield [["c", ...index].join("/"), values];
  }
}

function unravel(position: number, shape: readonly number[]): number[] {
  const index = shape.map(() => 0);
  for (let axis = shape.length - 1, rest = position; axis >= 0; axis--) {
    const length = shape[axis] ?? 1;
    index[axis] = rest % length;
    rest = Math.floor(rest / length);
  }
  return index;
}

const product = (lengths: readonly number[]): number => lengths.reduce((all, length) => all * length, 1);
const shapeOf = (field: Field, dims: FieldSet["dims"]): number[] => field.dims.map((dim) => dims[dim] ?? 0);
const json = (document: object): string => JSON.stringify(document, undefined, 2);

async function put(path: string, bytes: Uint8Array | string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, bytes);
}
