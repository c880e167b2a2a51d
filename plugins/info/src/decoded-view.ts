import {
  type Attributes,
  bytesPerElement,
  coordinateNames,
  type Dataset,
  type DataType,
  dimensionSizes,
  type Variable,
} from "@zarr-gateway/dataset";

/** A variable as `xr.open_dataset` shows it: CF attributes that decoding uses up are gone, the type is the decoded one. */
export interface DecodedVariable {
  readonly name: string;
  readonly dims: readonly string[];
  readonly shape: readonly number[];
  readonly attrs: Attributes;
  /** numpy's `dtype.name` after decoding. */
  readonly dtype: string;
}

export interface DecodedGroup {
  readonly attrs: Attributes;
  readonly sizes: ReadonlyMap<string, number>;
  /** In stored order, inherited coordinates last. */
  readonly variables: readonly DecodedVariable[];
  readonly coordinates: ReadonlySet<string>;
}

const TIME_UNITS = /^\s*(?:\w+)\s+since\s+\S/i;
const STANDARD_CALENDARS = new Set(["standard", "gregorian", "proleptic_gregorian"]);
const USED_UP = ["_FillValue", "missing_value", "scale_factor", "add_offset", "_Unsigned", "coordinates"];

/**
 * A group as xarray's DataTree node shows it.
 * @param parents groups above, nearest last: children inherit their dimension coordinates
 */
export function decodedGroup(group: Dataset, parents: readonly Dataset[] = []): DecodedGroup {
  const charDims = characterDimensions(group);
  const variables = [...group.variables.values()].map((variable) => decodedVariable(variable, charDims));
  const coordinates = coordinateNames(group);
  const known = new Set(variables.map((variable) => variable.name));
  for (const parent of parents.toReversed()) {
    for (const [name, variable] of parent.variables) {
      if (known.has(name) || variable.dims.length !== 1 || variable.dims[0] !== name) continue;
      known.add(name);
      coordinates.add(name);
      variables.push(decodedVariable(variable, new Set()));
    }
  }
  const sizes = dimensionSizes([...group.variables.values()]);
  for (const variable of variables) {
    for (const [axis, dim] of variable.dims.entries())
      if (!sizes.has(dim)) sizes.set(dim, variable.shape[axis] ?? 0);
  }
  for (const dim of charDims) sizes.delete(dim);
  const { coordinates: _usedUp, ...attrs } = group.attrs;
  return { attrs, sizes, variables, coordinates };
}

/** Last dimensions that only character arrays have: xarray joins them into strings. */
function characterDimensions(group: Dataset): Set<string> {
  const candidates = new Set<string>();
  for (const { dims, source } of group.variables.values()) {
    const last = dims.at(-1);
    if (source.dtype === "S1" && typeof last === "string") candidates.add(last);
  }
  for (const { dims, source } of group.variables.values()) {
    for (const [axis, dim] of dims.entries()) {
      if (dim !== null && (source.dtype !== "S1" || axis < dims.length - 1)) candidates.delete(dim);
    }
  }
  return candidates;
}

function decodedVariable(variable: Variable, charDims: ReadonlySet<string>): DecodedVariable {
  const { source, name } = variable;
  const all = variable.dims.map((dim, axis) => dim ?? `dim_${axis}`);
  const joined =
    source.dtype === "S1" && charDims.has(all.at(-1) ?? "") ? (source.grid.shape.at(-1) ?? 1) : undefined;
  const dims = joined === undefined ? all : all.slice(0, -1);
  const dtype = joined === undefined ? decodedType(source.dtype, variable.attrs) : `bytes${8 * joined}`;
  const shape = source.grid.shape.slice(0, dims.length);
  return { name, dims, shape, attrs: decodedAttributes(variable.attrs), dtype };
}

function decodedAttributes(attrs: Attributes): Attributes {
  const used = new Set(USED_UP);
  if (isTime(attrs)) for (const name of ["units", "calendar"]) used.add(name);
  if (attrs["dtype"] === "bool") used.add("dtype");
  return Object.fromEntries(Object.entries(attrs).filter(([name]) => !used.has(name)));
}

function isTime(attrs: Attributes): boolean {
  return typeof attrs["units"] === "string" && TIME_UNITS.test(attrs["units"]);
}

/** numpy's name of the type that xarray's CF decoding yields (xarray.coding.variables, `_choose_float_dtype`). */
function decodedType(dtype: DataType, attrs: Attributes): string {
  if (isTime(attrs)) {
    const calendar = typeof attrs["calendar"] === "string" ? attrs["calendar"].toLowerCase() : "standard";
    return STANDARD_CALENDARS.has(calendar) ? "datetime64[ns]" : "object";
  }
  if (attrs["dtype"] === "bool") return "bool";
  const isInteger = /^u?int/.test(dtype);
  const isPacked = "scale_factor" in attrs || "add_offset" in attrs;
  const isMasked = hasFill(attrs["_FillValue"]) || hasFill(attrs["missing_value"]);
  if ((isInteger || dtype.startsWith("float")) && (isPacked || isMasked)) return floatType(dtype, isPacked);
  if (isInteger && attrs["_Unsigned"] === "true" && dtype.startsWith("int")) return `u${dtype}`;
  return numpyName(dtype);
}

function floatType(dtype: DataType, isPacked: boolean): string {
  if (isPacked) return "float64"; // attributes of JSON are 64-bit floats, and so is what they unpack to
  const bytes = bytesPerElement(dtype) ?? 8;
  if (dtype.startsWith("float")) return bytes <= 4 ? "float32" : "float64";
  return bytes <= 2 ? "float32" : "float64";
}

function hasFill(value: unknown): boolean {
  return value !== undefined && value !== null && !Number.isNaN(value);
}

function numpyName(dtype: DataType): string {
  if (dtype === "string") return "object";
  if (/^S\d/.test(dtype)) return `bytes${8 * Number(dtype.slice(1))}`;
  if (/^U\d/.test(dtype)) return `str${32 * Number(dtype.slice(1))}`;
  return dtype;
}
