import { describe, expect, it } from "vitest";
import { datasetsOptions } from "./options.ts";

const pathsOf = (input: object): string[] =>
  datasetsOptions.safeParse(input).error?.issues.map(({ path }) => path.join(".")) ?? [];

describe("datasetsOptions", () => {
  it("fills in what is not given", () => {
    expect(datasetsOptions.parse({ folders: [{ path: "/data" }], sources: { checkEvery: "500ms" } })).toEqual(
      {
        datasets: {},
        reserved: [],
        folders: [{ path: "/data", id: "{path}", watch: true }],
        sources: { checkEvery: 500, credentials: {} },
      },
    );
  });

  it("names the key that is wrong", () => {
    expect(pathsOf({ datasets: { air: { location: "/a.nc", chunk: {} } } })).toEqual(["datasets.air"]);
    expect(pathsOf({ datasets: { "a/b": { location: "/a.nc" } } })).toEqual(["datasets.a/b"]);
    expect(pathsOf({ datasets: { "a.zarr": { location: "/a.nc" } } })).toEqual(["datasets.a.zarr"]);
    expect(pathsOf({ datasets: { air: { location: "/a.nc", chunks: { time: 0 } } } })).toEqual([
      "datasets.air.chunks.time",
    ]);
    expect(
      pathsOf({ datasets: { air: { location: "/a.nc", compressor: { name: "gzip", level: 10 } } } }),
    ).toEqual(["datasets.air.compressor.level"]);
    expect(pathsOf({ folders: [{ path: "/data", id: "same" }] })).toEqual(["folders.0.id"]);
  });

  it("takes one of branch, tag and snapshot, and none for other formats", () => {
    const air = { location: "/repo", branch: "main" };
    expect(pathsOf({ datasets: { air } })).toEqual([]);
    expect(pathsOf({ datasets: { air: { ...air, format: "icechunk" } } })).toEqual([]);
    expect(pathsOf({ datasets: { air: { ...air, tag: "v1", snapshot: "A" } } })).toEqual([
      "datasets.air.tag",
      "datasets.air.snapshot",
    ]);
    expect(pathsOf({ datasets: { air: { ...air, format: "zarr" } } })).toEqual(["datasets.air.branch"]);
  });
});
