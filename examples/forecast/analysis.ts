import type { Field, FieldAttributes, FieldSet } from "../quickstart/field.ts";
import { type InitialState, jetState } from "./shallow-water/initial-states.ts";
import { GRID } from "./shallow-water/make-model.ts";

/*
 * States to start from, one a day: a jet in each hemisphere, and a bump beside it that lies elsewhere each day. The
 * northern half of the first is the test case of Galewsky, Scott and Polvani (2004).
 */
const DAYS = [0, 1, 2, 3, 4];
const states = (): InitialState[] =>
  DAYS.map((day) =>
    jetState(GRID, [
      { hemisphere: "north", bumpLongitude: 70 * day },
      { hemisphere: "south", bumpLongitude: 180 + 50 * day },
    ]),
  );

const [rows, columns] = [GRID.latitudes.length, GRID.longitudes.length];

/** The example's analysis: wind and height on the grid of the shallow-water model. */
export function analysisSet(): FieldSet {
  const all = states();
  const time = {
    standard_name: "time",
    units: "days since 2000-01-01 00:00:00",
    calendar: "standard",
    axis: "T",
  };
  const lat = { standard_name: "latitude", units: "degrees_north", axis: "Y" };
  const lon = { standard_name: "longitude", units: "degrees_east", axis: "X" };
  return {
    dims: { time: DAYS.length, lat: rows, lon: columns },
    fields: [
      { name: "time", dims: ["time"], values: Float64Array.from(DAYS), attrs: time },
      { name: "lat", dims: ["lat"], values: GRID.latitudes, attrs: lat },
      { name: "lon", dims: ["lon"], values: GRID.longitudes, attrs: lon },
      field(all, "u", { standard_name: "eastward_wind", units: "m s-1" }),
      field(all, "v", { standard_name: "northward_wind", units: "m s-1" }),
      field(all, "h", { standard_name: "geopotential_height", units: "m" }),
    ],
    attrs: {
      Conventions: "CF-1.11",
      title: "Jets of an idealised atmosphere",
      summary: "Balanced jets with a bump beside them, made from formulas: neither observed nor forecast",
      references: "https://doi.org/10.3402/tellusa.v56i5.14436",
      license: "CC0-1.0",
    },
  };
}

function field(all: readonly InitialState[], name: keyof InitialState, attrs: FieldAttributes): Field {
  const values = new Float32Array(all.length * rows * columns);
  for (const [day, state] of all.entries()) values.set(state[name], day * rows * columns);
  return { name, dims: ["time", "lat", "lon"], values, attrs, chunks: [1, rows, columns] };
}
