import type { Attributes, Dataset, Variable } from "@zarr-gateway/dataset";
import { describe, expect, it } from "vitest";
import { encodedDataset } from "./encoded-dataset.ts";
import { renamed } from "./renamed.ts";
import { selectedVariables, withoutVariables } from "./selected-variables.ts";
import { subtree } from "./subtree.ts";
import { withAttributes } from "./with-attributes.ts";

const LENGTHS: Readonly<Record<string, number>> = { time: 24, y: 10, x: 20, z: 3 };

function variable(name: string, dims: string[], attrs: Attributes = {}): [string, Variable] {
  const shape = dims.map((dim) => LENGTHS[dim] ?? 1);
  const source = {
    dtype: "float32" as const,
    grid: { shape, chunkShape: shape },
    fill: null,
    read: () => Promise.resolve(undefined),
  };
  return [name, { name, dims, attrs, source }];
}

function dataset(extra: Partial<Dataset> = {}): Dataset {
  return {
    attrs: { title: "a", count: 3n },
    variables: new Map([
      variable("time", ["time"], { bounds: "time_bnds" }),
      variable("time_bnds", ["time", "nv"]),
      variable("lat", ["y", "x"]),
      variable("lon", ["y", "x"]),
      variable("height", []),
      variable("z", ["z"]),
      variable("tas", ["time", "y", "x"], {
        coordinates: "lat lon height",
        cell_methods: "time: mean (interval: 6 hours)",
        cell_measures: "area: areacella",
        grid_mapping: "crs: lat lon",
      }),
      variable("pr", ["time", "y", "x"], { coordinates: "lat lon" }),
      variable("salt", ["time", "z", "y", "x"]),
    ]),
    groups: new Map(),
    ...extra,
  };
}

const names = (ds: Dataset): string[] => [...ds.variables.keys()];

describe("selectedVariables", () => {
  it("keeps the coordinates that lie on the dimensions of what is selected, as xarray does", () => {
    expect(names(selectedVariables(dataset(), ["pr"]))).toEqual(["time", "lat", "lon", "height", "pr"]);
    expect(names(selectedVariables(dataset(), ["height"]))).toEqual(["height"]);
  });

  it("refuses an unknown name and says what there is", () => {
    expect(() => selectedVariables(dataset(), ["tos"])).toThrow(
      /no variable "tos"; the dataset has time, time_bnds/,
    );
  });
});

describe("withoutVariables", () => {
  it("takes dropped names out of coordinates, which xarray would otherwise ignore as a whole", () => {
    const result = withoutVariables(dataset(), ["height", "salt"]);
    expect(names(result)).not.toContain("salt");
    expect(result.variables.get("tas")?.attrs["coordinates"]).toBe("lat lon");
    expect(withoutVariables(dataset(), ["lat", "lon"]).variables.get("pr")?.attrs).toEqual({});
  });
});

describe("renamed", () => {
  it("changes names in CF attributes, but not the words around them", () => {
    const result = renamed(dataset(), { time: "t", lat: "latitude", tas: "temperature" });
    expect(names(result).slice(0, 3)).toEqual(["t", "time_bnds", "latitude"]);
    const temperature = result.variables.get("temperature");
    expect(temperature?.name).toBe("temperature");
    expect(temperature?.dims).toEqual(["t", "y", "x"]);
    expect(temperature?.attrs).toEqual({
      coordinates: "latitude lon height",
      cell_methods: "t: mean (interval: 6 hours)",
      cell_measures: "area: areacella",
      grid_mapping: "crs: latitude lon",
    });
  });

  it("refuses two variables of one name, and names that occur nowhere", () => {
    expect(() => renamed(dataset(), { lat: "lon" })).toThrow(/two variables would be called "lon"/);
    expect(() => renamed(dataset(), { tos: "sst" })).toThrow(/no variable or dimension "tos"/);
  });
});

describe("withAttributes", () => {
  it("lays attributes over the file's own; null removes one", () => {
    expect(withAttributes(dataset(), { title: "b", count: null, new: 1.5 }).attrs).toEqual({
      title: "b",
      new: 1.5,
    });
  });
});

describe("subtree", () => {
  it("makes a group the root and keeps what belongs to the whole: version, closing, its warnings", async () => {
    let closed = 0;
    const inner = dataset({ attrs: { title: "inner" } });
    const root = dataset({
      groups: new Map([["forecast", { ...inner, groups: new Map([["surface", inner]]) }]]),
      version: "v1",
      warnings: [
        { path: "/forecast/surface/tas", message: "odd" },
        { path: "/other", message: "elsewhere" },
      ],
      close: () => {
        closed += 1;
        return Promise.resolve();
      },
    });
    const result = subtree(root, "/forecast/surface");
    expect(result.attrs).toEqual({ title: "inner" });
    expect(result.version).toBe("v1");
    expect(result.warnings).toEqual([{ path: "/tas", message: "odd" }]);
    await result.close?.();
    expect(closed).toBe(1);
    expect(subtree(root, "/")).toBe(root);
    expect(() => subtree(root, "/nothing")).toThrow(/no group "\/nothing"/);
  });
});

describe("encodedDataset", () => {
  const shapeOf = (ds: Dataset, name: string) => ds.variables.get(name)?.source.grid.chunkShape;

  it("changes chunks along named dimensions, also in groups, and leaves coordinates whole", () => {
    const groups = new Map([["g", dataset()]]);
    const result = encodedDataset(dataset({ groups }), { chunks: { time: 12, x: -1, y: 4 } });
    expect(shapeOf(result, "time")).toEqual([24]);
    expect(shapeOf(result, "tas")).toEqual([12, 4, 20]);
    expect(shapeOf(result, "salt")).toEqual([12, 3, 4, 20]);
    expect(result.groups.get("g")?.variables.get("lat")?.source.grid.chunkShape).toEqual([4, 20]);
  });

  it("takes the wishes of a variable before those for all, by name in every group or by path", () => {
    const groups = new Map([["g", dataset()]]);
    const variables = { "g/tas": { chunks: { time: 1 } }, pr: { chunks: { time: 6 } } };
    const result = encodedDataset(dataset({ groups }), { chunks: { time: 12 }, variables });
    const inner = result.groups.get("g") as Dataset; // made above
    expect([shapeOf(result, "tas"), shapeOf(result, "pr")]).toEqual([
      [12, 10, 20],
      [6, 10, 20],
    ]);
    expect([shapeOf(inner, "tas"), shapeOf(inner, "pr")]).toEqual([
      [1, 10, 20],
      [6, 10, 20],
    ]);
  });

  it("rounds and shards data, never coordinates and bounds", () => {
    const before = dataset();
    const { variables } = encodedDataset(before, { round: 7, chunks: { time: 4 }, shards: { time: 12 } });
    const kept = (name: string) => variables.get(name)?.source === before.variables.get(name)?.source;
    expect([kept("tas"), kept("pr"), kept("salt")]).toEqual([false, false, false]);
    expect([kept("time"), kept("lat"), kept("lon"), kept("height")]).toEqual([true, true, true, true]);
    expect(variables.get("time_bnds")?.encoding).toBeUndefined();
    expect(variables.get("tas")?.encoding).toEqual({ shardShape: [12, 10, 20] });
  });

  it("makes shards of whole dimensions, and none of a single chunk", () => {
    const shardOf = (shards: Record<string, number>, chunks = {}) =>
      encodedDataset(dataset(), { chunks, shards }).variables.get("tas")?.encoding?.shardShape;
    expect(shardOf({ time: -1 }, { time: 7 })).toEqual([28, 10, 20]);
    expect(shardOf({ time: 1000, x: 10 }, { time: 7, x: 5 })).toEqual([28, 10, 10]);
    expect(shardOf({ time: 24 })).toBeUndefined();
  });

  it.each([
    [{ chunks: { level: 1 } }, /no dimension "level"; the dataset has time, nv/],
    [{ variables: { tos: { round: 3 } } }, /no variable "tos"; the dataset has time, time_bnds/],
    [{ variables: { tas: { round: 24 } } }, /"tas": "round" is 0 to 23 for float32, not 24/],
    [{ variables: { tas: { chunks: { z: 1 } } } }, /"tas": it has no dimension "z", only time, y, x/],
    [
      { chunks: { time: 5 }, shards: { time: 12 } },
      /"tas": shards of 12 along "time" are no multiple of its chunks of 5/,
    ],
  ])("refuses what does not fit: %j", (encoding, message) => {
    expect(() => encodedDataset(dataset(), encoding)).toThrow(message);
  });
});
