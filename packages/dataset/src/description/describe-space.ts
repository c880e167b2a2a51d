import type { Attributes } from "../attributes.ts";
import { rotatedPoleOf, unrotatedGrid } from "../cf/rotated-pole.ts";
import type { PlacedVariable } from "./collect-variables.ts";
import type { CoordinateReader } from "./coordinate-reader.ts";
import type { SpatialExtent } from "./dataset-description.ts";
import { regularStep } from "./regular-step.ts";
import { type BoundingBox, boundingBox } from "./spatial-extent.ts";

const DEGREES_PER_RADIAN = 180 / Math.PI;

/**
 * The box around a dataset's places, from its longitudes and latitudes, else from the attributes that ACDD has for it.
 * Undefined where neither says where it is.
 */
export async function describeSpace(
  variables: readonly PlacedVariable[],
  attrs: Attributes,
  reader: CoordinateReader,
): Promise<SpatialExtent | undefined> {
  const gridMapping = gridMappingOf(variables);
  const pair = placePair(variables);
  const longitudes = pair && (await degreesOf(pair.longitude, reader));
  const latitudes = pair && (await degreesOf(pair.latitude, reader));
  const bbox = longitudes && latitudes && boundingBox(longitudes, latitudes);
  if (pair && bbox) {
    return {
      bbox,
      grid: gridKind(pair, longitudes, latitudes),
      ...(gridMapping && { gridMapping }),
      longitude: pair.longitude.path,
      latitude: pair.latitude.path,
    };
  }
  const rotated = await rotatedBox(variables, gridMapping, reader);
  if (rotated && gridMapping) return { bbox: rotated, grid: "curvilinear", gridMapping };
  const stated = statedBox(variables, attrs);
  return stated && { bbox: stated, grid: "rectilinear", ...(gridMapping && { gridMapping }) };
}

interface PlacePair {
  readonly longitude: PlacedVariable;
  readonly latitude: PlacedVariable;
}

/**
 * Longitude and latitude of the same group; first those that data variables name as their coordinates. A single place
 * beside projected axes is where the instrument was, not the data.
 */
function placePair(variables: readonly PlacedVariable[]): PlacePair | undefined {
  const named = new Set(variables.flatMap(({ variable }) => words(variable.attrs["coordinates"])));
  const hasProjectedAxes = variables.some(({ kind, dims }) => kind === "projected_x" && dims.length === 1);
  const places = variables.filter(({ dims }) => dims.length <= 3 && (dims.length > 0 || !hasProjectedAxes));
  const longitudes = places.filter(({ kind }) => kind === "longitude");
  const rank = ({ variable }: PlacedVariable): number => (named.has(variable.name) ? 0 : 1);
  for (const longitude of longitudes.toSorted((a, b) => rank(a) - rank(b))) {
    const latitude = places.find(
      (other) =>
        other.kind === "latitude" &&
        other.group === longitude.group &&
        other.dims.length === longitude.dims.length &&
        rank(other) === rank(longitude),
    );
    if (latitude) return { longitude, latitude };
  }
  return undefined;
}

function words(value: unknown): string[] {
  return typeof value === "string" ? value.split(/\s+/) : [];
}

async function degreesOf(
  coordinate: PlacedVariable,
  reader: CoordinateReader,
): Promise<Float64Array | undefined> {
  const read = await reader.read(coordinate);
  const { units } = coordinate.variable.attrs;
  const isRadians = typeof units === "string" && /^rad(ian)?s?$/i.test(units.trim());
  return isRadians ? read?.values.map((value) => value * DEGREES_PER_RADIAN) : read?.values;
}

function gridKind(pair: PlacePair, longitudes: Float64Array, latitudes: Float64Array): SpatialExtent["grid"] {
  const { dims } = pair.longitude;
  if (dims.length === 0) return "point";
  if (dims.length > 1) return "curvilinear";
  if (dims[0] === pair.latitude.dims[0]) return "unstructured";
  return regularStep(longitudes) !== undefined && regularStep(latitudes) !== undefined
    ? "regular"
    : "rectilinear";
}

function gridMappingOf(variables: readonly PlacedVariable[]): Attributes | undefined {
  for (const { variable, group } of variables) {
    const named = variable.attrs["grid_mapping"];
    if (typeof named !== "string") continue;
    const name = named.split(/[:\s]/)[0];
    const mapping = variables.find((other) => other.group === group && other.variable.name === name);
    if (mapping) return mapping.variable.attrs;
  }
  return undefined;
}

/** Of rotated axes without true longitudes and latitudes beside them. */
async function rotatedBox(
  variables: readonly PlacedVariable[],
  gridMapping: Attributes | undefined,
  reader: CoordinateReader,
): Promise<BoundingBox | undefined> {
  const pole = gridMapping && rotatedPoleOf(gridMapping);
  const axis = (kind: PlacedVariable["kind"]): PlacedVariable | undefined =>
    variables.find((variable) => variable.kind === kind && variable.dims.length === 1);
  const [x, y] = [axis("projected_x"), axis("projected_y")];
  if (!pole || !x || !y) return undefined;
  const [longitudes, latitudes] = [await reader.read(x), await reader.read(y)];
  if (!longitudes || !latitudes) return undefined;
  const places = unrotatedGrid(thinned(longitudes.values), thinned(latitudes.values), pole);
  return boundingBox(places.longitudes, places.latitudes);
}

/** At most 300 values from end to end: enough for the box around a grid. */
function thinned(axis: Float64Array): Float64Array {
  if (axis.length <= 300) return axis;
  return Float64Array.from(
    { length: 300 },
    (_, position) => axis[Math.round((position * (axis.length - 1)) / 299)] ?? 0,
  );
}

/** ACDD 1.3 and what GOES files have, in the global attributes or those of a variable that exists for them. */
const STATED_EDGES = [
  ["geospatial_lon_min", "geospatial_lat_min", "geospatial_lon_max", "geospatial_lat_max"],
  [
    "geospatial_westbound_longitude",
    "geospatial_southbound_latitude",
    "geospatial_eastbound_longitude",
    "geospatial_northbound_latitude",
  ],
];

function statedBox(variables: readonly PlacedVariable[], attrs: Attributes): BoundingBox | undefined {
  for (const candidate of [attrs, ...variables.map(({ variable }) => variable.attrs)]) {
    for (const names of STATED_EDGES) {
      const [west = Number.NaN, south = Number.NaN, east = Number.NaN, north = Number.NaN] = names.map(
        (name) => numberOf(candidate[name]),
      );
      const isBox =
        Math.abs(west) <= 360 && Math.abs(east) <= 360 && south >= -90 && north <= 90 && south <= north;
      if (isBox)
        return east - west >= 359 ? [-180, south, 180, north] : [turned(west), south, turned(east), north];
    }
  }
  return undefined;
}

function numberOf(value: unknown): number {
  return typeof value === "number" ||
    typeof value === "bigint" ||
    (typeof value === "string" && value.trim() !== "")
    ? Number(value)
    : Number.NaN;
}

function turned(longitude: number): number {
  return longitude > 180 ? longitude - 360 : longitude;
}
