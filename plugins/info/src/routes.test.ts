import type { Attributes, Dataset, DataType, Variable } from "@zarr-gateway/dataset";
import { problemResponse } from "@zarr-gateway/http";
import type { DatasetEnv } from "@zarr-gateway/plugin";
import { Hono } from "hono";
import { describe, expect, it } from "vitest";
import { infoRoutes } from "./routes.ts";

function variable(
  name: string,
  dims: readonly string[],
  shape: readonly number[],
  dtype: DataType,
  attrs: Attributes = {},
): Variable {
  const source = {
    dtype,
    fill: null,
    grid: { shape, chunkShape: shape },
    read: () => Promise.resolve(undefined),
  };
  return { name, dims, attrs, source };
}
function group(
  variables: readonly Variable[],
  groups: Readonly<Record<string, Dataset>> = {},
  attrs: Attributes = {},
): Dataset {
  return {
    attrs,
    variables: new Map(variables.map((v) => [v.name, v])),
    groups: new Map(Object.entries(groups)),
  };
}

const dataset = group(
  [
    variable("t2m", ["time", "lat"], [2, 3], "int16", {
      scale_factor: 0.1,
      add_offset: 0,
      _FillValue: -9n,
      units: "K",
      coordinates: "aux",
    }),
    variable("b", ["lat"], [3], "int8", { _FillValue: -1n }),
    variable("i4", ["lat"], [3], "int32", { _FillValue: -1n }),
    variable("u", ["lat"], [3], "int16", { _Unsigned: "true" }),
    variable("bool", ["lat"], [3], "int8", { dtype: "bool" }),
    variable("name", ["lat", "n"], [3, 4], "S1"),
    variable("time2", ["time"], [2], "int64", { units: "days since 2000-01-01" }),
    variable("aux", ["lat"], [3], "float64"),
    variable("time", ["time"], [2], "float64", { units: "days since 2000-01-01", calendar: "360_day" }),
    variable("lat", ["lat"], [3], "float32", { _FillValue: Number.NaN, valid_min: -90 }),
  ],
  { a: group([variable("x", ["lat"], [3], "float32")], { b: group([variable("y", ["y"], [5], "int32")]) }) },
  { title: "test", nothing: Number.NaN },
);

const app = new Hono<DatasetEnv>();
app.use("/datasets/tree/*", async (c, next) => {
  c.set("dataset", dataset);
  c.set("datasetId", "tree");
  await next();
});
app.route("/datasets/tree", infoRoutes());
app.onError((error, c) => problemResponse(c, error));

const get = async (path: string): Promise<unknown> => (await app.request(`/datasets/tree/${path}`)).json();

describe("the info documents", () => {
  it("list all variables in stored order", async () => {
    expect(await get("keys")).toEqual(["t2m", "b", "i4", "u", "bool", "name", "time2", "aux", "time", "lat"]);
  });

  it("give the types that xarray gives after decoding", async () => {
    const info = (await get("info")) as { variables: Record<string, { type: string; attributes: object }> };
    const types = Object.fromEntries(Object.entries(info.variables).map(([name, { type }]) => [name, type]));
    expect(types).toEqual({
      t2m: "float64",
      b: "float32",
      i4: "float64",
      u: "uint16",
      bool: "bool",
      name: "bytes32",
      time2: "datetime64[ns]",
      aux: "float64",
      time: "object",
      lat: "float32",
    });
    expect(info.variables["t2m"]?.attributes).toEqual({ units: "K" });
  });

  it("keep floats float and NaN valid JSON", async () => {
    const text = await (await app.request("/datasets/tree/info")).text();
    expect(text).toContain('"valid_min":-90.0');
    expect(JSON.parse(text)).toMatchObject({ global_attributes: { title: "test", nothing: null } });
  });

  it("tell coordinates from data variables", async () => {
    const dict = (await get("dict")) as { coords: object; data_vars: object; dims: object };
    expect(Object.keys(dict.coords)).toEqual(["aux", "time", "lat"]);
    expect(Object.keys(dict.data_vars)).toEqual(["t2m", "b", "i4", "u", "bool", "name", "time2"]);
    expect(dict.dims).toEqual({ time: 2, lat: 3 });
  });

  it("list groups, root first, and describe each with what it inherits", async () => {
    expect(await get("groups")).toEqual(["/", "/a", "/a/b"]);
    expect(await get("groups/a/keys")).toEqual(["x", "time", "lat"]);
    expect(await get("groups/a/b/keys")).toEqual(["y", "time", "lat"]);
  });

  it("show the tree as a page", async () => {
    const response = await app.request("/datasets/tree/tree");
    expect(response.headers.get("content-type")).toContain("text/html");
    expect(await response.text()).toContain("xarray.DataTree");
  });

  it("answer an unknown group in Xpublish's words", async () => {
    for (const path of ["groups/zz", "groups/zz/info"]) {
      const response = await app.request(`/datasets/tree/${path}`);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ detail: "Group 'zz' not found in dataset 'tree'" });
    }
  });
});

describe("the versions of a dataset", () => {
  const asked: number[] = [];
  const versions = new Hono<DatasetEnv>();
  versions.use("/*", async (c, next) => {
    const history: Dataset["history"] = async ({ limit }) => {
      asked.push(limit);
      const time = new Date("2026-01-02T03:04:05Z");
      return [
        { id: "A", time, message: "first", metadata: { by: "Ada", n: 3n }, branches: ["main"], tags: [] },
      ];
    };
    c.set(
      "dataset",
      c.req.path.startsWith("/kept") ? { ...dataset, history } : { ...dataset, format: "zarr" },
    );
    await next();
  });
  versions.route("/kept", infoRoutes());
  versions.route("/lost", infoRoutes());
  versions.onError((error, c) => problemResponse(c, error));

  it("are a list with times, messages and names", async () => {
    const answer = await versions.request("/kept/versions");
    expect(await answer.json()).toEqual([
      {
        id: "A",
        time: "2026-01-02T03:04:05.000Z",
        message: "first",
        metadata: { by: "Ada", n: 3 },
        branches: ["main"],
        tags: [],
      },
    ]);
    expect(answer.headers.get("etag")).toMatch(/^"/);
    expect(answer.headers.get("cache-control")).toBe("no-cache");
  });

  it("are as many as asked for, up to a bound", async () => {
    asked.length = 0;
    for (const query of ["", "?limit=5", "?limit=99999999"]) await versions.request(`/kept/versions${query}`);
    expect(asked).toEqual([100, 5, 1000]);
    for (const query of ["0", "-1", "x", "1.5", ""]) {
      expect((await versions.request(`/kept/versions?limit=${query}`)).status).toBe(400);
    }
  });

  it("are 404 with a reason where the source keeps none", async () => {
    const answer = await versions.request("/lost/versions");
    expect(answer.status).toBe(404);
    expect(await answer.text()).toContain("(zarr) keeps no earlier versions");
  });
});
