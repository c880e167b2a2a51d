import { describe, expect, it } from "vitest";
import { gridPlaneOf } from "../projection/grid-mapping.ts";
import { gridProjection } from "../projection/grid-projection.ts";
import type { Point } from "../projection/map-projection.ts";
import { createProjection } from "../projection/projections.ts";
import { axisLookup, longitudeLookup } from "./axis-lookup.ts";
import { gridCorners } from "./cell-corners.ts";
import { chooseMap, windowOf } from "./choose-map.ts";
import { contourLine } from "./contour-lines.ts";
import { fillPolygon } from "./fill-polygon.ts";
import { nearestCells } from "./nearest-cells.ts";
import { paintedCells } from "./painted-cells.ts";

const GLOBE = { x0: -180, y0: -90, x1: 180, y1: 90 };
const plate = createProjection("PlateCarree", { longitude: 0, latitude: 0 }, [-90, 90]);

describe("axes", () => {
  it("find cells on rising, falling and uneven axes", () => {
    const falling = axisLookup(Float64Array.of(60, 30, 0, -30), { low: -90, high: 90 });
    expect([60, 74.9, 76, 44, -45, -46].map(falling.find)).toEqual([0, 0, -1, 1, 3, -1]);
    const uneven = axisLookup(Float64Array.of(1000, 850, 500, 100));
    expect([990, 900, 600, 310, 290].map(uneven.find)).toEqual([0, 1, 2, 2, 3]);
    expect(axisLookup(Float64Array.of(7)).find(7.4)).toBe(0);
    expect(axisLookup(new Float64Array()).find(0)).toBe(-1);
  });

  it("find longitudes of any convention, across their seam", () => {
    for (const start of [0, -180, 170]) {
      const values = Float64Array.from({ length: 36 }, (_, at) => ((start + 10 * at + 180) % 360) - 180);
      const { find } = longitudeLookup(values);
      for (const [at, value] of values.entries()) {
        expect([value, value + 360, value - 360, value + 4.9, value - 4.9].map(find)).toEqual([
          at,
          at,
          at,
          at,
          at,
        ]);
      }
    }
  });
});

describe("polygons", () => {
  it("that share sides share no pixel and leave none out", () => {
    const cells = new Int32Array(100).fill(-1);
    const canvas = { cells, width: 10, height: 10 };
    fillPolygon(
      { x: Float64Array.of(0, 6.3, 4.1, 0), y: Float64Array.of(0, 0, 10, 10), count: 4 },
      canvas,
      1,
    );
    const left = cells.filter((cell) => cell === 1).length;
    fillPolygon(
      { x: Float64Array.of(6.3, 10, 10, 4.1), y: Float64Array.of(0, 0, 10, 10), count: 4 },
      canvas,
      2,
    );
    expect(cells.filter((cell) => cell === 1)).toHaveLength(left);
    expect(cells.includes(-1)).toBe(false);
  });

  it("are painted however coarse the grid is, where all of them are", () => {
    const columns = [-279.5, -179.5, -79.5, 20.5];
    const longitude = Float64Array.of(...columns, ...columns);
    const latitude = Float64Array.of(-81.5, -81.5, -81.5, -81.5, 1.5, 1.5, 1.5, 1.5);
    const corners = gridCorners({ columns: 4, longitude, latitude });
    const cells = paintedCells(corners, { projection: plate, window: GLOBE, width: 36, height: 18 });
    const at = (lon: number, lat: number): number | undefined =>
      cells[Math.floor((90 - lat) / 10) * 36 + Math.floor((lon + 180) / 10)];
    expect([at(85, 5), at(-175, 5), at(-85, 5)]).toEqual([4, 5, 6]);
    expect(at(85, 65)).toBe(-1);
  });

  it("are painted at both ends where they lie across the cut, and up to the poles", () => {
    const longitude = Float64Array.of(170, -170, -170, 170, 0, 120, 240);
    const corners = { longitude: longitude.slice(0, 4), latitude: Float64Array.of(-8, -8, 8, 8), count: 4 };
    const cells = paintedCells(corners, { projection: plate, window: GLOBE, width: 36, height: 18 });
    expect([0, 1, 34, 35].map((column) => cells[9 * 36 + column])).toEqual([0, -1, -1, 0]);
    const cap = { longitude: longitude.slice(4), latitude: Float64Array.of(80, 80, 80), count: 3 };
    const wide = paintedCells(cap, { projection: plate, window: GLOBE, width: 36, height: 18 });
    expect(wide.slice(36).every((cell) => cell === -1)).toBe(true);
  });
});

describe("grids of two dimensions", () => {
  it("meet in corners between their middles, without places that are none", () => {
    const longitude = Float64Array.of(0, 10, 20, 0, 10, 20, 0, 10, 1e30);
    const latitude = Float64Array.of(0, 0, 0, 10, 10, 10, 20, 20, 1e30);
    const { longitude: x, latitude: y } = gridCorners({ columns: 3, longitude, latitude });
    expect([...x.slice(0, 4)].map((value) => Math.round(value))).toEqual([-5, 5, 5, -5]);
    expect([...y.slice(0, 4)].map((value) => Math.round(value))).toEqual([-5, -5, 5, 5]);
    expect(Number.isNaN(x[4 * 8])).toBe(true);
  });
});

describe("places without corners", () => {
  it("colour what is nearest, and nothing that is far", () => {
    const longitude = Float64Array.from({ length: 2592 }, (_, at) => (at % 72) * 5 - 177.5);
    const latitude = Float64Array.from({ length: 2592 }, (_, at) => Math.floor(at / 72) * 5 - 87.5);
    const view = { projection: plate, window: GLOBE, width: 72, height: 36 };
    const cells = nearestCells({ longitude, latitude }, view);
    for (let at = 0; at < 2592; at += 1) expect(cells[at]).toBe((35 - Math.floor(at / 72)) * 72 + (at % 72));
    const few = nearestCells(
      { longitude: longitude.slice(1300, 1310), latitude: latitude.slice(1300, 1310) },
      view,
    );
    expect(few.filter((cell) => cell >= 0).length).toBeLessThan(150);
  });
});

describe("contours", () => {
  it("lie between the values, and not where one is missing", () => {
    const segments: number[][] = [];
    const put = (...segment: number[]): number => segments.push(segment);
    contourLine({ values: Float64Array.of(0, 10, 0, 10), columns: 2, rows: 2 }, 5, put);
    contourLine({ values: Float64Array.of(0, Number.NaN, 0, 10), columns: 2, rows: 2 }, 5, put);
    expect(segments).toEqual([[0.5, 0, 0.5, 1]]);
  });
});

describe("maps", () => {
  const point: Point = [0, 0];
  it.each([
    "PlateCarree",
    "Mercator",
    "Robinson",
    "Mollweide",
    "EqualEarth",
    "Orthographic",
    "NorthPolarStereo",
    "SouthPolarStereo",
    "LambertConformal",
    "LambertAzimuthalEqualArea",
  ] as const)("%s leads back to the place it came from", (name) => {
    const projection = createProjection(
      name,
      { longitude: 20, latitude: name === "SouthPolarStereo" ? -50 : 50 },
      [-90, 90],
    );
    let seen = 0;
    for (let longitude = -175; longitude < 180; longitude += 25) {
      for (let latitude = -80; latitude <= 80; latitude += 20) {
        if (!projection.forward(longitude, latitude, point)) continue;
        seen += 1;
        expect(projection.inverse(point[0], point[1], point)).toBe(true);
        expect([Math.cos(((point[0] - longitude) * Math.PI) / 180), point[1]]).toEqual([
          expect.closeTo(1, 6),
          expect.closeTo(latitude, 4),
        ]);
      }
    }
    expect(seen).toBeGreaterThan(10);
  });

  it("of grids lead back too, in their own convention of longitudes", () => {
    const pole = gridPlaneOf(
      {
        grid_mapping_name: "rotated_latitude_longitude",
        grid_north_pole_latitude: 39.25,
        grid_north_pole_longitude: -162,
      },
      "degrees",
    );
    const lambert = gridPlaneOf(
      {
        grid_mapping_name: "lambert_conformal_conic",
        standard_parallel: [30, 60],
        longitude_of_central_meridian: 10,
        latitude_of_projection_origin: 48,
      },
      "km",
    );
    for (const plane of [pole, lambert]) {
      if (plane === undefined) throw new Error("unknown");
      const projection = gridProjection(plane, 360);
      projection.forward(12, 47, point);
      expect(Math.abs(point[0])).toBeLessThan(400);
      expect(projection.inverse(point[0], point[1], point)).toBe(true);
      expect([...point]).toEqual([expect.closeTo(12, 6), expect.closeTo(47, 6)]);
    }
    expect(gridPlaneOf({ grid_mapping_name: "healpix" }, undefined)).toBeUndefined();
  });

  it("are as wide as the box that is asked, also across the antimeridian", () => {
    const axes = {
      kind: "axes",
      x: Float64Array.of(0, 90, 180, 270),
      y: Float64Array.of(-45, 45),
      plane: { kind: "geographic" },
      xLabel: "",
      yLabel: "",
    } as const;
    const { projection, window } = chooseMap(axes, { projection: "PlateCarree", bbox: [170, -10, -170, 10] });
    expect([projection.centralLongitude, window]).toEqual([180, { x0: -10, y0: -10, x1: 10, y1: 10 }]);
    expect(chooseMap(axes, { projection: "PlateCarree" }).window).toEqual(GLOBE);
    expect(
      windowOf(
        createProjection("Orthographic", { longitude: 0, latitude: 0 }, [-90, 90]),
        [100, -10, 170, 10],
      ),
    ).toBeUndefined();
  });
});
