import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface TinyArray {
  readonly dims: readonly string[];
  readonly shape: readonly number[];
  readonly values: readonly number[];
  readonly attributes?: Readonly<Record<string, unknown>>;
}

/** Writes a Zarr v3 group of float64 arrays of one chunk each, without compression. */
export async function writeTinyStore(
  folder: string,
  arrays: Readonly<Record<string, TinyArray>>,
  attributes: Readonly<Record<string, unknown>> = {},
): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(
    join(folder, "zarr.json"),
    JSON.stringify({ zarr_format: 3, node_type: "group", attributes }),
  );
  for (const [name, array] of Object.entries(arrays)) await writeArray(join(folder, name), array);
}

async function writeArray(
  folder: string,
  { dims, shape, values, attributes = {} }: TinyArray,
): Promise<void> {
  const chunk = join(folder, "c", ...shape.map(() => "0"));
  await mkdir(join(chunk, ".."), { recursive: true });
  await writeFile(chunk, new Uint8Array(Float64Array.from(values).buffer));
  const metadata = {
    zarr_format: 3,
    node_type: "array",
    shape,
    data_type: "float64",
    chunk_grid: { name: "regular", configuration: { chunk_shape: shape } },
    chunk_key_encoding: { name: "default", configuration: { separator: "/" } },
    fill_value: 0,
    codecs: [{ name: "bytes", configuration: { endian: "little" } }],
    dimension_names: dims,
    attributes,
  };
  await writeFile(join(folder, "zarr.json"), JSON.stringify(metadata));
}
