import type { Dataset, Variable } from "@zarr-gateway/dataset";
import { constantSource } from "../constant-source.ts";
import { derivedDataset } from "../dataset/derived-dataset.ts";
import { decodedVariable } from "../decoded/decoded-variable.ts";
import { isDurationVariable, isTimeVariable } from "../decoded/time-variable.ts";
import { changedVariables, computedVariable } from "../reduce/operations/changed-variables.ts";
import { viewError } from "../view/view-call.ts";
import type { ViewContext, ViewOperation } from "../view/view-operation.ts";
import type { RegridMethod } from "./axis-weights.ts";
import { GridAxes } from "./grid-axes.ts";
import { parseRegrid, printRegrid, type RegridStep } from "./regrid-arguments.ts";
import { regridded } from "./regridded.ts";
import { type SourceGrid, SourceGrids } from "./source-grid.ts";
import { type TargetAxis, targetGrid } from "./target-grid.ts";

/** Names of the dimensions of what had none of its own for latitude and longitude. */
const NAMES = { lat: "lat", lon: "lon" } as const;

/** `regrid(1deg)`: values on a regular grid of latitudes and longitudes. */
export const regrid: ViewOperation<RegridStep> = {
  name: "regrid",
  summary:
    "A regular grid of latitudes and longitudes: bilinear unless nearest or conservative is asked for; from regular and curvilinear grids, from points by the nearest.",
  examples: [
    "regrid(1deg)",
    "regrid(1deg,conservative)",
    "regrid(lat=-60:60:2,lon=0:358:2)",
    "regrid(lat=60:30:-0.5,lon=-10:40:0.5,nearest)",
  ],
  equivalent: "ds.interp(lat=…, lon=…)",
  parse: parseRegrid,
  print: printRegrid,
  apply: regriddedDataset,
};

async function regriddedDataset(input: Dataset, step: RegridStep, context: ViewContext): Promise<Dataset> {
  const grids = new SourceGrids(input);
  const axes = new GridAxes({ dataset: input, step, pool: context.pool, signal: context.signal });
  const changed = new Map<string, Variable>();
  const used: SourceGrid[] = [];
  for (const variable of input.variables.values()) {
    const grid = isField(variable, grids) ? grids.of(variable) : undefined;
    if (grid === undefined) continue;
    assertMethod(step, grid, variable);
    changed.set(variable.name, await regriddedVariable(variable, grid, { axes, step, context }));
    used.push(grid);
  }
  if (used.length === 0) {
    throw viewError(
      "no variable lies on a grid of latitudes and longitudes: these have units degrees_north and degrees_east, or standard names",
      step.at,
    );
  }
  const isHorizontal = ({ dims }: Variable): boolean => dims.some((dim) => grids.isHorizontal(dim));
  const kept = changedVariables(input, {
    coordinate: (variable) => (isHorizontal(variable) ? undefined : variable),
    data: (variable) => changed.get(variable.name) ?? (isHorizontal(variable) ? undefined : variable),
  });
  return derivedDataset(kept, { variables: withAxes(kept, used, step) });
}

/** Numbers on the globe that may lie between others: not coordinates, areas, times. */
function isField(variable: Variable, grids: SourceGrids): boolean {
  if (grids.isCoordinate(variable) || variable.attrs["standard_name"] === "cell_area") return false;
  if (variable.source.storedOnly !== undefined || isTimeVariable(variable) || isDurationVariable(variable))
    return false;
  if (/_(bnds|bounds|vertices)$/i.test(variable.name)) return false;
  return /^(u?int\d+|float\d+)$/.test(decodedVariable(variable).source.dtype);
}

interface Regridding {
  readonly axes: GridAxes;
  readonly step: RegridStep;
  readonly context: ViewContext;
}

async function regriddedVariable(
  variable: Variable,
  grid: SourceGrid,
  { axes, step, context: { pool, cache, key } }: Regridding,
): Promise<Variable> {
  const decoded = decodedVariable(variable, { pool });
  const { axes: along, isComplete } = await axes.along(variable, grid);
  const dtype = resultType(decoded.source.dtype, step.method, isComplete);
  const kept = cache && { cache, key: `${key} regrid ${variable.name}` };
  const source = regridded(decoded.source, {
    along,
    dtype,
    pool,
    kept,
    skipsMissing: step.method === "conservative",
  });
  const {
    cell_measures: _measures,
    grid_mapping: mapping,
    coordinates: _listed,
    _FillValue: _fill,
    ...attrs
  } = decoded.attrs;
  return computedVariable(decoded, {
    dims: resultDims(variable, grid),
    source,
    attrs: {
      ...attrs,
      ...(grid.kind === "rectilinear" && mapping !== undefined && { grid_mapping: mapping }),
      ...(dtype.startsWith("float") && { _FillValue: Number.NaN }),
    },
  });
}

/** Integers stay integers only where every point of the target has one of the source for its value. */
function resultType(
  dtype: string,
  method: RegridMethod,
  isComplete: boolean,
): "float32" | "float64" | "int8" | "int16" | "int32" | "uint8" | "uint16" | "uint32" {
  if (dtype === "float32" || dtype === "float16") return "float32";
  const isSmall =
    dtype === "int8" ||
    dtype === "int16" ||
    dtype === "int32" ||
    dtype === "uint8" ||
    dtype === "uint16" ||
    dtype === "uint32";
  return method === "nearest" && isComplete && isSmall ? dtype : "float64";
}

function resultDims({ dims }: Variable, grid: SourceGrid): (string | null)[] {
  if (grid.kind === "rectilinear") return [...dims];
  const own = new Set(grid.lat.dims);
  const first = dims.findIndex((dim) => own.has(dim));
  const rest = dims.filter((dim) => !own.has(dim));
  return [...rest.slice(0, first), NAMES.lat, NAMES.lon, ...rest.slice(first)];
}

/** The new coordinates before the data, where readers look for them. */
function withAxes(
  dataset: Dataset,
  used: readonly SourceGrid[],
  { target }: RegridStep,
): Map<string, Variable> {
  const grid = targetGrid(target);
  const axes = new Map<string, Variable>();
  for (const { kind, lat, lon } of used) {
    for (const [coordinate, axis, isLatitude] of [
      [lat, grid.lat, true],
      [lon, grid.lon, false],
    ] as const) {
      if (coordinate === undefined) continue;
      const plain = isLatitude ? NAMES.lat : NAMES.lon;
      const name = kind === "rectilinear" ? coordinate.name : plain;
      const dim = kind === "rectilinear" ? (coordinate.dims[0] ?? plain) : plain;
      axes.set(name, axisVariable({ name, dim, axis, isLatitude, like: coordinate }));
    }
  }
  const rest = [...dataset.variables].filter(([name]) => !axes.has(name));
  return new Map([...axes, ...rest]);
}

interface AxisShape {
  readonly name: string;
  readonly dim: string;
  readonly axis: TargetAxis;
  readonly isLatitude: boolean;
  readonly like: Variable;
}

function axisVariable({ name, dim, axis, isLatitude, like }: AxisShape): Variable {
  const { long_name: longName, axis: letter } = like.attrs;
  return {
    name,
    dims: [dim],
    attrs: {
      standard_name: isLatitude ? "latitude" : "longitude",
      ...(longName !== undefined && { long_name: longName }),
      units: isLatitude ? "degrees_north" : "degrees_east",
      ...(letter !== undefined && { axis: letter }),
    },
    source: constantSource({
      dtype: "float64",
      fill: Number.NaN,
      shape: [axis.centres.length],
      values: axis.centres,
    }),
  };
}

function assertMethod({ method, at }: RegridStep, grid: SourceGrid, { name }: Variable): void {
  if (grid.kind === "points" && method !== "nearest")
    throw viewError(`"${name}" has points in no order: they are regridded by the nearest ("nearest")`, at);
}
