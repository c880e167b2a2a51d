import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createChunkCoder } from "@zarr-gateway/codecs";
import { type AttributeValue, chunkCounts, type Dataset, elementCount } from "@zarr-gateway/dataset";
import { createWorkerPool } from "@zarr-gateway/primitives";
import { openFileAccess } from "@zarr-gateway/stores";
import { afterAll, describe, expect, it } from "vitest";
import {
  digestOf,
  type ExpectedGroup,
  goldenBytes,
  goldenExpectations,
  goldenNames,
  parsed,
  plain,
  variablesOf,
} from "./fixtures/golden.ts";
import { openNetcdf4 } from "./open-netcdf4.ts";

const folder = mkdtempSync(join(tmpdir(), "netcdf4-"));
const pool = createWorkerPool({ threads: 1, maxQueue: 1000 });
const coder = createChunkCoder();
const expectations = goldenExpectations();

afterAll(async () => {
  await pool.close();
  rmSync(folder, { recursive: true });
});

async function open(name: string): Promise<Dataset> {
  const path = join(folder, name);
  writeFileSync(path, goldenBytes(name));
  return openNetcdf4(await openFileAccess(path), { location: pathToFileURL(path), pool, coder });
}

function plainAttributes(attrs: Readonly<Record<string, AttributeValue>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(attrs).map(([name, value]) => [name, plain(value)]));
}
function parsedAttributes(attrs: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(attrs).map(([name, value]) => [name, parsed(value)]));
}

function expectSame(group: Dataset, expected: ExpectedGroup): void {
  expect(plainAttributes(group.attrs)).toEqual(parsedAttributes(expected.attrs));
  const names = expected.variables.map(({ name }) => name);
  const shown = [...group.variables.keys()];
  // booleans, complex numbers and 16-bit floats are shown here, compounds and opaque values there
  const [both, alsoExpected] = [
    shown.filter((n) => names.includes(n)),
    names.filter((n) => shown.includes(n)),
  ];
  expect(both).toEqual(alsoExpected);
  for (const { name, dims, shape, attrs } of expected.variables) {
    const variable = group.variables.get(name);
    if (!variable) continue;
    expect({ name, dims: variable.dims, shape: variable.source.grid.shape }).toEqual({ name, dims, shape });
    const { least_significant_digit: _hidden, ...published } = parsedAttributes(attrs);
    expect(plainAttributes(variable.attrs)).toEqual(published);
  }
  expect([...group.groups.keys()]).toEqual(Object.keys(expected.groups));
  for (const [name, child] of group.groups) expectSame(child, expected.groups[name]!); // the same keys, as was expected above
}

describe.each(goldenNames())("%s", (name) => {
  const { netcdf, values } = expectations[name]!; // written together with the files
  it.runIf(netcdf)(
    "has the variables, dimensions and attributes that netCDF shows, in its order",
    async () => {
      const dataset = await open(name);
      if (netcdf) expectSame(dataset, netcdf);
      await dataset.close?.();
    },
  );

  it("has the values that the reference program reads", async () => {
    const dataset = await open(name);
    const compared: string[] = [];
    for (const [path, source] of variablesOf(dataset)) {
      const expected = values[path];
      if (expected === undefined) continue;
      compared.push(path);
      expect({ path, digest: await digestOf(source) }).toEqual({ path, digest: expected });
    }
    expect(Object.keys(values).filter((path) => !compared.includes(path))).toEqual([]);
    await dataset.close?.();
  }, 120_000);

  it("hands out stored chunks that its codecs decode to the same values", async () => {
    const dataset = await open(name);
    for (const [path, source] of variablesOf(dataset)) {
      const { stored, grid, dtype, fill } = source;
      if (!stored || elementCount(chunkCounts(grid)) > 200) continue;
      const digest = await digestOf({
        ...source,
        grid: stored.grid,
        async read(index) {
          const bytes = await stored.read(index);
          const stat = await stored.stat(index);
          expect(stat?.size).toBe(bytes?.length);
          const encoding = { dtype, grid: stored.grid, fill, codecs: stored.codecs };
          return bytes && coder.decode(encoding, index, bytes);
        },
      });
      expect({ path, digest }).toEqual({ path, digest: await digestOf(source) });
    }
    await dataset.close?.();
  });
});

describe("an enumeration of FALSE and TRUE", () => {
  it("is boolean as h5py writes it, and numbers as netCDF does", async () => {
    const byH5py = await open("types.h5");
    const byNetcdf = await open("described.nc");
    expect(byH5py.variables.get("bool")?.source.dtype).toBe("bool");
    const { source } = byNetcdf.variables.get("is_land")!; // the file has it
    expect(source.dtype).toBe("int8");
    expect((await source.read([0]))?.values).toEqual(Int8Array.of(0, 1, 1, 0));
    await Promise.all([byH5py.close?.(), byNetcdf.close?.()]);
  });
});

describe("a damaged chunk on which the HDF5 library breaks down", () => {
  const scaled = async (dataset: Dataset) =>
    (await dataset.variables.get("scale_offset")?.source.read([0, 0]))?.values;

  it("fails as the file's fault, and the library reads other chunks as before", async () => {
    const dataset = await open("filters.h5");
    const before = await scaled(dataset);
    const path = join(folder, "damaged.h5");
    const bytes = Buffer.from(goldenBytes("filters.h5"));
    for (let at = bytes.indexOf("BZh"); at >= 0; at = bytes.indexOf("BZh", at)) bytes.fill(0xff, at, at + 3);
    writeFileSync(path, bytes);
    const damaged = await openNetcdf4(await openFileAccess(path), {
      location: pathToFileURL(path),
      pool,
      coder,
    });
    for (let round = 0; round < 2; round += 1) {
      const read = damaged.variables.get("bzip2")!.source.read([0, 0]); // the file has it
      await expect(read).rejects.toMatchObject({
        code: "upstream",
        message: 'the HDF5 library broke down on "/bzip2"',
      });
      expect(await scaled(dataset)).toEqual(before);
    }
    await Promise.all([dataset.close?.(), damaged.close?.()]);
  }, 60_000);
});

describe("a coordinate in many small chunks", () => {
  const gridsOf = (dataset: Dataset) =>
    Object.fromEntries([...dataset.variables].map(([name, { source }]) => [name, source.grid.chunkShape]));

  it("is published as one, its bounds and auxiliary coordinates too, unless it is large", async () => {
    const dataset = await open("described.nc");
    expect(gridsOf(dataset)).toEqual({
      time: [40],
      time_edges: [40, 2],
      other: [1, 2],
      lat: [6, 4],
      lon: [6, 4],
      place: [6, 4],
      far: [10_000],
      rounded: [20, 4, 3],
      is_land: [4],
    });
    await dataset.close?.();
  });

  it("still has its stored chunks", async () => {
    const dataset = await open("described.nc");
    const { source } = dataset.variables.get("time_edges")!; // the file has it
    const { stored, isAssembled } = source;
    expect({ isAssembled, grid: stored?.grid }).toEqual({
      isAssembled: true,
      grid: { shape: [40, 2], chunkShape: [1, 2] },
    });
    const bytes = await stored?.read([3, 0]);
    expect(bytes && new Float64Array(Uint8Array.from(bytes).buffer)).toEqual(Float64Array.of(3, 4));
    expect(await stored?.read([7, 0])).toBeUndefined();
    expect((await stored?.locate?.([3, 0]))?.length).toBe(16);
    await dataset.close?.();
  });
});
