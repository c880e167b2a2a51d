import {
  type Attributes,
  bytesPerElement,
  coordinateKind,
  coordinateNames,
  type Dataset,
  elementCount,
  type Variable,
} from "@zarr-gateway/dataset";
import { visible } from "./html.ts";
import type {
  Packing,
  ViewerCoordinate,
  ViewerDimension,
  ViewerField,
  ViewerGeometry,
} from "./viewer-field.ts";

/** More are not offered: a list of them would be of no use. */
const MAX_FIELDS = 400;
const DRAWN_TYPES = /^(u?int(8|16|32|64)|float(16|32|64))$/;
const TURNS: Readonly<Record<string, number>> = { int8: 2 ** 8, int16: 2 ** 16, int32: 2 ** 32 };

interface Placed {
  readonly path: string;
  readonly variable: Variable;
}
/** Variables that a group sees: its own and those of the groups above it. */
type Scope = ReadonlyMap<string, Placed>;

/** Variables that the viewer can draw, first those that lie on the ground. */
export function viewerFields(dataset: Dataset): ViewerField[] {
  const fields = fieldsOf(dataset, "", new Map());
  const rank = ({ geometry }: ViewerField): number =>
    geometry.kind === "index" ? 1 : geometry.kind === "line" ? 2 : 0;
  return fields.toSorted((a, b) => rank(a) - rank(b)).slice(0, MAX_FIELDS);
}

function fieldsOf(group: Dataset, prefix: string, above: Scope): ViewerField[] {
  const own = [...group.variables].map(
    ([name, variable]) => [name, { path: `${prefix}${name}`, variable }] as const,
  );
  const scope: Scope = new Map([...above, ...own]);
  const left = auxiliaryNames(group);
  const fields = own
    .filter(([name]) => !left.has(name))
    .map(([, placed]) => fieldOf(placed, scope))
    .filter((field) => field !== undefined);
  const below = [...group.groups].flatMap(([name, child]) => fieldsOf(child, `${prefix}${name}/`, scope));
  return [...fields, ...below];
}

/** Coordinates and what belongs to them: nobody wants to see bounds on a map. */
function auxiliaryNames(group: Dataset): Set<string> {
  const bounds = [...group.variables.values()].flatMap(({ attrs }) => [
    attrs["bounds"],
    attrs["climatology"],
  ]);
  return new Set([...coordinateNames(group), ...bounds.filter((name) => typeof name === "string")]);
}

function fieldOf({ path, variable }: Placed, scope: Scope): ViewerField | undefined {
  const { dims, source, attrs } = variable;
  const { shape, chunkShape } = source.grid;
  const isDrawn = DRAWN_TYPES.test(source.dtype) && shape.length > 0 && elementCount(shape) > 1;
  if (!isDrawn || source.storedOnly !== undefined || new Set(dims).size !== dims.length) return undefined;
  if (["longitude", "latitude"].includes(coordinateKind(variable) ?? "")) return undefined;
  const { geometry, roles } = geometryOf(variable, scope);
  const elements = shape.map((size, axis) => {
    const chunk = chunkShape[axis] ?? 1;
    return roles[axis] === "choice" ? Math.min(chunk, size) : Math.ceil(size / chunk) * chunk;
  });
  const unit = textOf(attrs, "units");
  const label = textOf(attrs, "long_name") ?? textOf(attrs, "standard_name");
  return {
    path,
    name: visible(path.slice(0, 200)),
    ...(label !== undefined && { label }),
    ...(unit !== undefined && { unit }),
    geometry,
    dims: dims.map((dim, axis): ViewerDimension => {
      const name = visible((dim ?? `dim_${axis}`).slice(0, 200));
      const coordinate = dim === null ? undefined : axisOf(dim, scope);
      return {
        name,
        size: shape[axis] ?? 0,
        role: roles[axis] ?? "choice",
        ...(coordinate && { coordinate: coordinateOf(coordinate) }),
      };
    }),
    packing: packingOf(variable),
    bytes: elementCount(elements) * (bytesPerElement(source.dtype) ?? 1),
  };
}

type Roles = readonly ViewerDimension["role"][];
interface Layout {
  readonly geometry: ViewerGeometry;
  readonly roles: Roles;
}

function geometryOf(variable: Variable, scope: Scope): Layout {
  const { dims, source } = variable;
  const assign = (pairs: Readonly<Record<string, ViewerDimension["role"]>>): Roles =>
    dims.map((dim) => (dim === null ? "choice" : (pairs[dim] ?? "choice")));
  const axes = dims.map((dim) => (dim === null ? undefined : axisOf(dim, scope)));
  const axisOfKind = (kind: string): Placed | undefined =>
    axes.find((axis) => axis && coordinateKind(axis.variable) === kind);
  const [longitude, latitude] = [axisOfKind("longitude"), axisOfKind("latitude")];
  if (longitude && latitude) {
    const [x = "", y = ""] = [longitude.variable.dims[0] ?? "", latitude.variable.dims[0] ?? ""];
    if (x !== y)
      return {
        geometry: { kind: "axes", x: longitude.path, y: latitude.path, isGlobe: true },
        roles: assign({ [x]: "x", [y]: "y" }),
      };
  }
  const places = placesOf(variable, scope);
  if (places) return placedLayout(places, assign);
  const [px, py] = [axisOfKind("projected_x"), axisOfKind("projected_y")];
  const [x, y] = [px?.variable.dims[0], py?.variable.dims[0]];
  if (px && py && x && y && x !== y)
    return {
      geometry: { kind: "axes", x: px.path, y: py.path, isGlobe: false },
      roles: assign({ [x]: "x", [y]: "y" }),
    };
  return numberedLayout(source.grid.shape);
}

function placedLayout(
  { longitude, latitude }: { readonly longitude: Placed; readonly latitude: Placed },
  assign: (pairs: Readonly<Record<string, ViewerDimension["role"]>>) => Roles,
): Layout {
  const { dims, attrs } = longitude.variable;
  const isRadians = /^rad/i.test(textOf(attrs, "units") ?? "");
  const paths = { longitude: longitude.path, latitude: latitude.path, isRadians };
  const [first, second] = dims;
  if (dims.length === 1)
    return { geometry: { kind: "points", ...paths }, roles: assign({ [first ?? ""]: "cell" }) };
  return {
    geometry: { kind: "curvilinear", ...paths },
    roles: assign({ [first ?? ""]: "y", [second ?? ""]: "x" }),
  };
}

/** Longitudes and latitudes of one or two dimensions, all of them the variable's; those it names come first. */
function placesOf(
  { dims, attrs }: Variable,
  scope: Scope,
): { readonly longitude: Placed; readonly latitude: Placed } | undefined {
  const named = (textOf(attrs, "coordinates") ?? "").split(/\s+/);
  const candidates = [...scope.values()]
    .filter(({ variable }) => DRAWN_TYPES.test(variable.source.dtype))
    .filter(({ variable }) => variable.dims.length === 1 || variable.dims.length === 2)
    .filter(({ variable }) => variable.dims.every((dim) => dim !== null && dims.includes(dim)))
    .toSorted((a, b) => Number(named.includes(b.variable.name)) - Number(named.includes(a.variable.name)));
  const longitude = candidates.find(({ variable }) => coordinateKind(variable) === "longitude");
  const latitude = candidates.find(
    ({ variable }) =>
      coordinateKind(variable) === "latitude" && variable.dims.join() === longitude?.variable.dims.join(),
  );
  return longitude && latitude && { longitude, latitude };
}

function numberedLayout(shape: readonly number[]): Layout {
  const long = shape.map((size, axis) => ({ size, axis })).filter(({ size }) => size > 1);
  const [y, x] = [long.at(-2)?.axis, long.at(-1)?.axis];
  if (y === undefined)
    return { geometry: { kind: "line" }, roles: shape.map((_, axis) => (axis === x ? "x" : "choice")) };
  return {
    geometry: { kind: "index" },
    roles: shape.map((_, axis) => (axis === x ? "x" : axis === y ? "y" : "choice")),
  };
}

/** The coordinate of a dimension: named like it, else a place, height or time along it alone. */
function axisOf(dim: string, scope: Scope): Placed | undefined {
  const isAlong = ({ variable }: Placed): boolean => variable.dims.length === 1 && variable.dims[0] === dim;
  const named = scope.get(dim);
  if (named && isAlong(named)) return named;
  const along = [...scope.values()].filter(isAlong);
  return along.find(({ variable }) => ["time", "vertical"].includes(coordinateKind(variable) ?? ""));
}

function coordinateOf({ path, variable }: Placed): ViewerCoordinate {
  const { dtype } = variable.source;
  const unit = textOf(variable.attrs, "units");
  const calendar = textOf(variable.attrs, "calendar");
  const isTime = coordinateKind(variable) === "time" && DRAWN_TYPES.test(dtype);
  return {
    path,
    kind: isTime ? "time" : DRAWN_TYPES.test(dtype) ? "number" : "text",
    ...(unit !== undefined && { unit }),
    ...(calendar !== undefined && { calendar }),
    packing: packingOf(variable),
  };
}

function packingOf({ attrs, source }: Variable): Packing {
  const [scale] = numbersOf(attrs["scale_factor"]);
  const [offset] = numbersOf(attrs["add_offset"]);
  const missing = [...numbersOf(attrs["_FillValue"]), ...numbersOf(attrs["missing_value"])];
  const turn = /^true$/i.test(textOf(attrs, "_Unsigned") ?? "") ? TURNS[source.dtype] : undefined;
  return {
    ...(scale !== undefined && { scale }),
    ...(offset !== undefined && { offset }),
    ...(missing.length > 0 && { missing: missing.slice(0, 8) }),
    ...(turn !== undefined && { turn }),
  };
}

/** Finite ones: NaN is missing anyhow, and JSON has none. */
function numbersOf(value: Attributes[string] | undefined): number[] {
  const values = Array.isArray(value) ? value : [value];
  return values
    .filter((item) => typeof item === "number" || typeof item === "bigint")
    .map(Number)
    .filter(Number.isFinite);
}

/** Texts are bounded: they stand in the page for the script. */
function textOf(attrs: Attributes, name: string): string | undefined {
  const value = attrs[name];
  return typeof value === "string" && value.trim() !== "" ? visible(value.trim().slice(0, 200)) : undefined;
}
