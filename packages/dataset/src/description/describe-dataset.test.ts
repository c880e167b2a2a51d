import { GatewayError } from "@zarr-gateway/primitives";
import { describe, expect, it } from "vitest";
import type { Attributes } from "../attributes.ts";
import type { Dataset, Variable } from "../dataset.ts";
import { describeDataset } from "./describe-dataset.ts";
import { boundingBox } from "./spatial-extent.ts";

function coordinate(
  name: string,
  values: readonly number[],
  attrs: Attributes = {},
  dims: readonly string[] = [name],
  shape: readonly number[] = [values.length],
): Variable {
  const chunk = { shape, values: Float64Array.from(values) };
  const grid = { shape, chunkShape: shape.map((length) => Math.max(1, length)) };
  return { name, dims, attrs, source: { dtype: "float64", grid, fill: null, read: async () => chunk } };
}

function field(dims: readonly string[], shape: readonly number[], attrs: Attributes = {}): Variable {
  const grid = { shape, chunkShape: shape.map(() => 1) };
  const read = async (): Promise<never> => {
    throw new Error("data were read");
  };
  return { name: "tas", dims, attrs, source: { dtype: "float32", grid, fill: null, read } };
}

function datasetOf(variables: readonly Variable[], attrs: Attributes = {}): Dataset {
  return {
    attrs,
    variables: new Map(variables.map((variable) => [variable.name, variable])),
    groups: new Map(),
  };
}

const LON = { units: "degrees_east" };
const LAT = { units: "degrees_north" };

describe("describeDataset", () => {
  it("describes a regular grid from its coordinates alone", async () => {
    const described = await describeDataset(
      datasetOf(
        [
          coordinate("time", [15, 45, 75], { units: "days since 2000-01-01", calendar: "360_day" }),
          coordinate("lat", [60, 0, -60], LAT),
          coordinate("lon", [0, 90, 180, 270], LON),
          field(["time", "lat", "lon"], [3, 3, 4], { units: "K", standard_name: "air_temperature" }),
        ],
        { title: "Test", institution: "Here", keywords: "a, b", references: "doi:10.1234/abc.5" },
      ),
    );
    expect(described.space).toMatchObject({ bbox: [-180, -60, 180, 60], grid: "regular" });
    expect(described.time).toEqual({
      start: "2000-01-16T00:00:00Z",
      end: "2000-03-16T00:00:00Z",
      calendar: "360_day",
      step: "P1M",
      isApproximate: true,
      variable: "time",
    });
    expect(described.dimensions.map(({ name, kind, axis, step }) => [name, kind, axis, step])).toEqual([
      ["time", "temporal", undefined, "P1M"],
      ["lat", "spatial", "y", -60],
      ["lon", "spatial", "x", 90],
    ]);
    expect(described.variables.at(-1)).toMatchObject({
      path: "tas",
      unit: "K",
      bytes: 144,
      isCoordinate: false,
    });
    expect(described).toMatchObject({ title: "Test", keywords: ["a", "b"], doi: "10.1234/abc.5", notes: [] });
    expect(described.providers).toEqual([{ name: "Here", roles: ["producer"] }]);
  });

  it("does not count fill values of two-dimensional coordinates, nor cell edges as coordinates", async () => {
    const fill = { _FillValue: 1e30 };
    const described = await describeDataset(
      datasetOf([
        coordinate("lon", [10, 11, 1e30, 1e30], { ...LON, ...fill, bounds: "lon_v" }, ["j", "i"], [2, 2]),
        coordinate("lat", [50, 51, 1e30, 52], { ...LAT, ...fill }, ["j", "i"], [2, 2]),
        coordinate("lon_v", [0, 350], LON, ["v"]),
        field(["j", "i"], [2, 2], { coordinates: "lon lat" }),
      ]),
    );
    expect(described.space).toMatchObject({ bbox: [10, 50, 11, 52], grid: "curvilinear" });
    expect(described.dimensions.map(({ name, axis }) => [name, axis])).toEqual([
      ["j", "y"],
      ["i", "x"],
      ["v", undefined],
    ]);
  });

  it("reads radians, and axes of a rotated pole", async () => {
    const cells = datasetOf([
      coordinate("clon", [0.1, 0.2], { units: "radian" }, ["cell"]),
      coordinate("clat", [0.5, 0.6], { units: "radian" }, ["cell"]),
      field(["cell"], [2], { coordinates: "clon clat" }),
    ]);
    expect((await describeDataset(cells)).space).toMatchObject({ grid: "unstructured" });
    expect((await describeDataset(cells)).space?.bbox[0]).toBeCloseTo(5.7296, 4);
    const pole = {
      grid_mapping_name: "rotated_latitude_longitude",
      grid_north_pole_latitude: 39.25,
      grid_north_pole_longitude: -162,
    };
    const rotated = datasetOf([
      coordinate("rlon", [-28.375, 18.155], { standard_name: "grid_longitude", units: "degrees" }),
      coordinate("rlat", [-23.375, 21.835], { standard_name: "grid_latitude", units: "degrees" }),
      { ...field([], []), name: "crs", attrs: pole },
      field(["rlat", "rlon"], [2, 2], { grid_mapping: "crs" }),
    ]);
    const box = (await describeDataset(rotated)).space?.bbox ?? [0, 0, 0, 0];
    expect(box[2]).toBeCloseTo(64.96438, 4);
    expect(box[1]).toBeCloseTo(21.98783, 4);
  });

  it("leaves out what cannot be read, and says so", async () => {
    const broken = coordinate("lon", [1, 2], LON);
    const source = {
      ...broken.source,
      read: async (): Promise<never> => {
        throw new GatewayError("upstream", "the file is truncated");
      },
    };
    const described = await describeDataset(
      datasetOf([{ ...broken, source }, coordinate("lat", [1, 2], LAT)]),
    );
    expect(described.space).toBeUndefined();
    expect(described.notes).toEqual(["lon could not be read: the file is truncated"]);
  });
});

describe("boundingBox", () => {
  const box = (longitudes: readonly number[]): readonly number[] | undefined =>
    boundingBox(Float64Array.from(longitudes), Float64Array.of(-10, 10));

  it("follows an axis across the antimeridian", () => {
    expect(box([170, 175, 180, 185, 190])).toEqual([170, -10, -170, 10]);
    expect(box([200, 210, 220])).toEqual([-160, -10, -140, 10]);
    expect(box([0, 187.5])).toEqual([0, -10, -172.5, 10]);
  });

  it("closes a ring in every convention", () => {
    const ring = (start: number): number[] =>
      Array.from({ length: 36 }, (_, position) => start + 10 * position);
    for (const start of [0, -180, -175, 5]) expect(box(ring(start))).toEqual([-180, -10, 180, 10]);
  });

  it("encloses scattered places on the side where they are", () => {
    expect(box([179, -179, 178, -178.5])).toEqual([178, -10, -178.5, 10]);
    expect(box([5, 3, 1e30, 4])).toEqual([3, -10, 5, 10]);
    expect(box([Number.NaN, 1e30])).toBeUndefined();
  });
});

describe("a digital object identifier", () => {
  it.each([
    ["see https://doi.org/10.1175/1520-0493(1992).", "10.1175/1520-0493(1992)"],
    ["(doi:10.1016/S0021-9991(05)80016-6)", "10.1016/S0021-9991(05)80016-6"],
    ["(Author 1999; 10.1234/abc.)", "10.1234/abc"],
    ["(10.1234/abc).", "10.1234/abc"],
  ])("finds in %s the identifier %s", async (references, doi) => {
    expect((await describeDataset(datasetOf([], { references }))).doi).toBe(doi);
  });
});
