import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { defineWorkflow, z } from "zarr-gateway/plugin";

/** One array of one number, as a Zarr store of its own. */
function store(value: number): Readonly<Record<string, string | Uint8Array>> {
  const array = {
    zarr_format: 3,
    node_type: "array",
    shape: [1],
    data_type: "uint8",
    chunk_grid: { name: "regular", configuration: { chunk_shape: [1] } },
    chunk_key_encoding: { name: "default" },
    fill_value: 0,
    codecs: [{ name: "bytes" }],
    dimension_names: ["x"],
    attributes: {},
  };
  const metadata = { value: array };
  const group = {
    zarr_format: 3,
    node_type: "group",
    attributes: {},
    consolidated_metadata: { kind: "inline", must_understand: false, metadata },
  };
  return {
    "zarr.json": JSON.stringify(group),
    "value/zarr.json": JSON.stringify(array),
    "value/c/0": Uint8Array.of(value),
  };
}

/** Stores whose names are in another order than they were written, and files around them. */
export default defineWorkflow({
  name: "several",
  description: "Several stores and files",
  parameters: z.object({}),
  async run({ folder }) {
    const files = new Map<string, string | Uint8Array>([["b.nc", "CDF\x01"]]);
    for (const [name, value] of [
      ["b.zarr", 2],
      ["a.zarr", 1],
      ["inner/c.zarr", 3],
    ] as const)
      for (const [key, content] of Object.entries(store(value))) files.set(`${name}/${key}`, content);
    files.set("a.txt", "text");
    for (const [name, content] of files) {
      await mkdir(dirname(join(folder, name)), { recursive: true });
      await writeFile(join(folder, name), content);
    }
    return {};
  },
});
