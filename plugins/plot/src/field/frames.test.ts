import type { Attributes, Dataset, Variable } from "@zarr-gateway/dataset";
import { expect, it } from "vitest";
import { parseRequest } from "../request/parse-request.ts";
import { planField } from "./plan-field.ts";
import { findVariable } from "./scope.ts";

function coordinate(name: string, values: readonly number[], attrs: Attributes): Variable {
  const shape = [values.length];
  const chunk = { shape, values: Float64Array.from(values) };
  const source = {
    dtype: "float64",
    grid: { shape, chunkShape: shape },
    fill: null,
    read: async () => chunk,
  } as const;
  return { name, dims: [name], attrs, source };
}

const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at);
const since = "hours since 2000-01-01";
const shape = [5, 100, 3, 2, 4];
const field: Variable = {
  name: "u",
  dims: ["init", "ahead", "member", "lat", "lon"],
  attrs: {},
  source: {
    dtype: "float32",
    grid: { shape, chunkShape: [1, 1, 1, 2, 4] },
    fill: null,
    read: () => Promise.reject(new Error("a plan reads no data")),
  },
};
const variables = [
  coordinate("init", upTo(5), { units: since, standard_name: "forecast_reference_time" }),
  coordinate("ahead", upTo(100), { units: "hours", standard_name: "forecast_period" }),
  coordinate("member", upTo(3), {}),
  coordinate("lat", [-1, 1], { units: "degrees_north" }),
  coordinate("lon", upTo(4), { units: "degrees_east" }),
  field,
];
const dataset: Dataset = {
  attrs: {},
  variables: new Map(variables.map((one) => [one.name, one])),
  groups: new Map(),
};

/** What moves, from where, how often; the positions of the others. */
async function framesOf(query: string) {
  const found = findVariable(dataset, ["u"]);
  if (!found) throw new Error("no u");
  const limits = { maxValues: 1e6, maxBytes: 1e9 };
  const request = parseRequest(new URLSearchParams(query), "gif", field.dims.map(String));
  const { frames, chosen } = await planField(found, request, { dataset, limits });
  const others = chosen.map(({ axis, at }) => `${axis.dim}=${at}`);
  return [frames?.axis.dim, frames?.pick.start, frames?.pick.count, ...others];
}

it.each([
  ["", ["ahead", 0, 24, "init=4", "member=0"]],
  ["frames=100", ["ahead", 0, 100, "init=4", "member=0"]],
  ["isel.ahead=90:", ["ahead", 90, 10, "init=4", "member=0"]],
  ["init=2000-01-01T02", ["ahead", 0, 24, "init=2", "member=0"]],
  ["ahead=24", ["init", 0, 5, "ahead=24", "member=0"]],
  ["isel.init=1:3", ["init", 1, 2, "ahead=0", "member=0"]],
  ["init=2000-01-01T01/2000-01-01T02", ["init", 1, 2, "ahead=0", "member=0"]],
  ["animate=init", ["init", 0, 5, "ahead=0", "member=0"]],
  ["animate=time", ["init", 0, 5, "ahead=0", "member=0"]],
  ["isel.member=0:3", ["member", 0, 3, "init=4", "ahead=0"]],
])("frames of a forecast for ?%s", async (query, expected) => {
  expect(await framesOf(query)).toEqual(expected);
});
