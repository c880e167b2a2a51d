import { constantSource } from "@zarr-gateway/compute";
import type { Attributes, ChunkSource, Dataset, DataType, Values, Variable } from "@zarr-gateway/dataset";
import type { ModelPackage, ModelVariable } from "../../model-package.ts";

export function coordinate(name: string, values: Values, attrs: Attributes = {}): Variable {
  return { name, dims: [name], attrs, source: sourceOf(values, [values.length]) };
}

/** What a selection of one place leaves of a coordinate. */
export function scalar(name: string, values: Values, attrs: Attributes = {}): Variable {
  return { name, dims: [], attrs, source: sourceOf(values, []) };
}

/** A variable whose values are counted up from 0 where none are given. */
export function field(
  name: string,
  dims: Readonly<Record<string, number>>,
  { attrs = {}, values }: { readonly attrs?: Attributes; readonly values?: Values } = {},
): Variable {
  const shape = Object.values(dims);
  const count = shape.reduce((product, length) => product * length, 1);
  const numbers = values ?? Float32Array.from({ length: count }, (_, at) => at);
  return { name, dims: Object.keys(dims), attrs, source: sourceOf(numbers, shape) };
}

export function datasetOf(...variables: readonly Variable[]): Dataset {
  return {
    attrs: {},
    variables: new Map(variables.map((variable) => [variable.name, variable])),
    groups: new Map(),
    version: "v1",
    versionCoversChunks: true,
  };
}

export const LATITUDES = [60, 30, 0, -30, -60];
export const LONGITUDES = Array.from({ length: 20 }, (_, at) => 18 * at);

/** `h(time, lat, lon)` in m at four times, 6 h apart; values count up: 100 a time, 20 a latitude. */
export function analysis(...more: readonly Variable[]): Dataset {
  return datasetOf(
    coordinate("time", Int32Array.of(0, 6, 12, 18), { units: "hours since 2020-01-01" }),
    coordinate("lat", Float64Array.from(LATITUDES), { units: "degrees_north" }),
    coordinate("lon", Float64Array.from(LONGITUDES), { units: "degrees_east" }),
    field("h", { time: 4, lat: 5, lon: 20 }, { attrs: { units: "m", standard_name: "height" } }),
    ...more,
  );
}

export const HEIGHT: ModelVariable = { name: "h", role: "state", attrs: {}, nan: "refuse" };

/** Takes `h` on the grid of `analysis`, in steps of 6 h. */
export function testModel(changes: Partial<ModelPackage> = {}): ModelPackage {
  return {
    attrs: { title: "test" },
    version: "0123abcd",
    runtime: { name: "onnx" },
    stepMs: 6 * 3_600_000,
    history: 1,
    grid: [
      { name: "lat", labels: LATITUDES },
      { name: "lon", labels: LONGITUDES },
    ],
    vertical: { name: "level", units: "hPa", standardName: "air_pressure", positive: "down" },
    levels: {},
    variables: [HEIGHT],
    networks: [],
    diagnostics: [],
    ...changes,
  };
}

function sourceOf(values: Values, shape: readonly number[]): ChunkSource {
  return constantSource({ dtype: typeOf(values), fill: null, shape, values });
}

function typeOf(values: Values): DataType {
  if (values instanceof Float64Array) return "float64";
  if (values instanceof Float32Array) return "float32";
  if (values instanceof Int16Array) return "int16";
  if (values instanceof BigInt64Array) return "int64";
  if (values instanceof BigUint64Array) return "uint64";
  if (values instanceof Int32Array) return "int32";
  if (values instanceof Uint8Array) return "uint8";
  throw new Error("tests have no use for this type");
}
