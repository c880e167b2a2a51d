import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DATASET_ID } from "@zarr-gateway/plugin-datasets";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { defaultConfiguration } from "./configuration/index.ts";
import { DATASET_ID_PATTERN } from "./configuration/schema.ts";
import { idOf, withLocations } from "./locations.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "locations-"));
  for (const name of ["air.nc", "air.nc4", "a b.nc", "x.2000.nc"]) writeFileSync(join(folder, name), "");
  mkdirSync(join(folder, "wind.zarr"));
  writeFileSync(join(folder, "wind.zarr/zarr.json"), "{}");
  mkdirSync(join(folder, "more"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function publish(...locations: string[]) {
  const { datasets, folders } = withLocations(defaultConfiguration(), locations, folder);
  return { ids: Object.keys(datasets), folders };
}

describe("locations of the command line", () => {
  it("name files and stores by their stem", () => {
    expect(publish("air.nc", "wind.zarr", "x.2000.nc", "a b.nc").ids).toEqual([
      "air",
      "wind",
      "x.2000",
      "a-b",
    ]);
  });
  it("give extensions back to files of the same stem", () => {
    expect(publish("air.nc", "air.nc4").ids).toEqual(["air-nc", "air-nc4"]);
  });
  it("refuse two that cannot be told apart", () => {
    mkdirSync(join(folder, "more/sub"), { recursive: true });
    writeFileSync(join(folder, "more/sub/air.nc"), "");
    expect(() => publish("air.nc", "more/sub/air.nc")).toThrow(/would both be called "air-nc"/);
  });
  it("take a folder as a folder of datasets, and a glob as what fits in one", () => {
    expect(publish("more").folders).toEqual([{ path: join(folder, "more"), id: "{path}", watch: true }]);
    expect(publish("more/**/*.nc").folders).toEqual([
      { path: join(folder, "more"), match: "**/*.nc", id: "{path}", watch: true },
    ]);
  });
  it("take an Icechunk repository as one dataset", () => {
    mkdirSync(join(folder, "ocean.icechunk/snapshots"), { recursive: true });
    writeFileSync(join(folder, "ocean.icechunk/repo"), "");
    expect(publish("ocean.icechunk")).toEqual({ ids: ["ocean"], folders: [] });
    expect(publish("icechunk+https://example.org/sst.icechunk").ids).toEqual(["sst"]);
  });
  it("name URLs by their last part", () => {
    expect(publish("https://example.org/data/sst%20v2.zarr/").ids).toEqual(["sst-v2"]);
  });
  it("take a bucket, a folder and a glob in it as folders, and a name with an extension as the dataset", () => {
    const folders = ["s3://bucket", "az://container/data/", "gs://bucket/run_*.nc"];
    expect(publish(...folders, "s3://bucket/x.zarr/", "s3://bucket/y.nc")).toEqual({
      ids: ["x", "y"],
      folders: folders.map((path) => ({ path, id: "{path}", watch: true })),
    });
  });
  it("refuse what is not there, and schemes that nobody reads", () => {
    expect(() => publish("nothing.nc")).toThrow("nothing.nc: there is no such file or folder");
    expect(() => publish("ftp://host/x")).toThrow(/ftp locations are not available/);
  });
});

it("ids have only characters that a URL needs no escape for", () => {
  expect(["a/b c", ".hidden", "x.zarr", "é", "---"].map(idOf)).toEqual([
    "a.b-c",
    "hidden",
    "x",
    "data",
    "data",
  ]);
});

it("ids of the configuration are ids of the datasets plugin", () => {
  expect(DATASET_ID_PATTERN.source).toBe(DATASET_ID.source);
});
