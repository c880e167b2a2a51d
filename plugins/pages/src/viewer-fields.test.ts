import type { Attributes, Dataset, DataType, Variable } from "@zarr-gateway/dataset";
import { describe, expect, it } from "vitest";
import { viewerFields } from "./viewer-fields.ts";

function variable(
  name: string,
  dims: readonly string[],
  attrs: Attributes = {},
  dtype: DataType = "float32",
): Variable {
  const shape = dims.map((dim) => SIZES[dim] ?? 2);
  const source = {
    dtype,
    fill: null,
    grid: { shape, chunkShape: shape },
    read: () => Promise.resolve(undefined),
  };
  return { name, dims, attrs, source };
}
const SIZES: Readonly<Record<string, number>> = { time: 5, lat: 3, lon: 4, y: 3, x: 4, cell: 9 };
const EAST = { units: "degrees_east" };
const NORTH = { units: "degrees_north" };

function datasetOf(
  variables: readonly Variable[],
  groups: ReadonlyMap<string, Dataset> = new Map(),
): Dataset {
  return { attrs: {}, variables: new Map(variables.map((one) => [one.name, one])), groups };
}

describe("the fields of the viewer", () => {
  it("lie on axes, also where the axes stand in a group above", () => {
    const child = datasetOf([
      variable("tas", ["time", "lat", "lon"], { _FillValue: -1n, scale_factor: 0.5 }),
    ]);
    const root = datasetOf(
      [variable("lat", ["lat"], NORTH), variable("lon", ["lon"], EAST)],
      new Map([["g", child]]),
    );
    expect(viewerFields(root)).toMatchObject([
      {
        path: "g/tas",
        geometry: { kind: "axes", x: "lon", y: "lat", isGlobe: true },
        dims: [{ role: "choice" }, { role: "y" }, { role: "x" }],
        packing: { scale: 0.5, missing: [-1] },
      },
    ]);
  });
  it("lie on two-dimensional or scattered places", () => {
    const curved = [variable("nav_lon", ["y", "x"], EAST), variable("nav_lat", ["y", "x"], NORTH)];
    const [tos] = viewerFields(datasetOf([...curved, variable("tos", ["y", "x"])]));
    expect(tos?.geometry).toMatchObject({ kind: "curvilinear", longitude: "nav_lon", latitude: "nav_lat" });
    const radians = { standard_name: "longitude", units: "radian" };
    const cells = [
      variable("clon", ["cell"], radians),
      variable("clat", ["cell"], { standard_name: "latitude", units: "radian" }),
    ];
    const [ta] = viewerFields(datasetOf([...cells, variable("ta", ["time", "cell"])]));
    expect(ta?.geometry).toMatchObject({ kind: "points", isRadians: true });
    expect(ta?.dims.map(({ role }) => role)).toEqual(["choice", "cell"]);
  });
  it("are numbered where nothing says where they lie, and lines where they have one dimension", () => {
    const kinds = viewerFields(datasetOf([variable("series", ["time"]), variable("matrix", ["time", "y"])]));
    expect(kinds.map(({ name, geometry }) => [name, geometry.kind])).toEqual([
      ["matrix", "index"],
      ["series", "line"],
    ]);
  });
  it("are not texts, single values, coordinates or bounds", () => {
    const others = [
      variable("lat", ["lat"], { ...NORTH, bounds: "lat_bnds" }),
      variable("lat_bnds", ["lat", "nv"]),
      variable("crs", [], {}, "int32"),
      variable("name", ["lat"], {}, "string"),
    ];
    expect(viewerFields(datasetOf(others))).toEqual([]);
  });
});
