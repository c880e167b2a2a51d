import { mkdtemp, readdir, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { makeData } from "./make-data.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "quickstart-"));
});
afterEach(() => rm(folder, { recursive: true }));

it("makes the three datasets, together under 2 MB, and the same again", async () => {
  const first = await bytesOf(join(folder, "a"));
  expect(Object.keys(first).filter((name) => !name.startsWith("wind.zarr/"))).toEqual([
    "surface.nc",
    "temperature.nc",
  ]);
  expect(first).toHaveProperty(["wind.zarr/zarr.json"]);
  expect(Object.values(first).reduce((sum, bytes) => sum + bytes.length, 0)).toBeLessThan(2e6);
  const again = await bytesOf(join(folder, "b"));
  // HDF5 notes the second in which an object was made
  const different = Object.keys(first).filter((name) => !first[name]?.equals(again[name] ?? Buffer.alloc(0)));
  expect(different.filter((name) => name !== "temperature.nc")).toEqual([]);
  expect(again["temperature.nc"]?.length).toBe(first["temperature.nc"]?.length);
});

async function bytesOf(target: string): Promise<Record<string, Buffer>> {
  await makeData(target);
  const names = (await readdir(target, { recursive: true })).sort();
  const files: Record<string, Buffer> = {};
  for (const name of names) {
    const path = join(target, name);
    if ((await stat(path)).isFile()) files[name] = await readFile(path);
  }
  return files;
}
