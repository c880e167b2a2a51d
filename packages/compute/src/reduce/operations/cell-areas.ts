import {
  type CoordinateKind,
  coordinateKind,
  coordinateNames,
  type Dataset,
  isStringValues,
  type Variable,
  wholeValues,
} from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import { decodedVariable } from "../../decoded/decoded-variable.ts";
import { toNumbers } from "../../decoded/number-values.ts";
import { sharedNumbers } from "../shared-numbers.ts";
import { polygonAreas } from "./polygon-area.ts";

/** Weights of cells; missing ones are 0. Areas of a grid of latitudes and longitudes are the product of several. */
export interface CellWeights {
  readonly dims: readonly string[];
  readonly shape: readonly number[];
  readonly values: Float64Array;
}

const AREA_NAMES = ["areacella", "areacello", "areacellr", "cell_area"];
const DEGREE = Math.PI / 180;

/**
 * What the cells of a variable weigh: its own measure of areas, else one of the names that models use, else what the bounds
 * of its cells enclose, else the cosine of the latitude. Empty where it lies on no latitude.
 */
export async function cellWeights(
  dataset: Dataset,
  variable: Variable,
  options: CallOptions,
): Promise<readonly CellWeights[]> {
  const measured = measureOf(dataset, variable);
  if (measured !== undefined) return [await weightsFrom(measured, options)];
  const latitude = coordinateOf(dataset, variable, "latitude");
  if (latitude === undefined) return [];
  const longitude = coordinateOf(dataset, variable, "longitude");
  if (isAxis(latitude)) {
    const across =
      longitude !== undefined && isAxis(longitude) ? await widths(dataset, longitude, options) : undefined;
    const bands = await bandHeights(dataset, latitude, options);
    return across === undefined ? [bands] : [bands, across];
  }
  const cells = longitude && (await enclosed(dataset, { latitude, longitude }, options));
  return [cells ?? (await cosines(latitude, options))];
}

/** A coordinate of one dimension that has its name: of a regular grid, not of single cells. */
function isAxis({ name, dims }: Variable): boolean {
  return dims.length === 1 && dims[0] === name;
}

function measureOf(dataset: Dataset, { name, dims, attrs }: Variable): Variable | undefined {
  const measures = typeof attrs["cell_measures"] === "string" ? attrs["cell_measures"] : "";
  const named = /(?:^|\s)area:\s*(\S+)/.exec(measures)?.[1];
  const candidates = named === undefined ? AREA_NAMES : [named, ...AREA_NAMES];
  for (const candidate of candidates) {
    const found = dataset.variables.get(candidate);
    const isFit = found !== undefined && found.name !== name && found.dims.length > 0;
    if (isFit && found.dims.every((dim) => dim !== null && dims.includes(dim))) return found;
  }
  return undefined;
}

/** The coordinate of that kind whose dimensions the variable has. */
function coordinateOf(dataset: Dataset, { dims }: Variable, kind: CoordinateKind): Variable | undefined {
  const found = [...coordinateNames(dataset)].flatMap((name) => {
    const coordinate = dataset.variables.get(name);
    const isFit =
      coordinate !== undefined &&
      coordinate.dims.length > 0 &&
      coordinate.dims.every((dim) => dims.includes(dim)) &&
      coordinateKind(coordinate) === kind;
    return isFit ? [coordinate] : [];
  });
  return found.toSorted((a, b) => a.dims.length - b.dims.length)[0];
}

async function weightsFrom(variable: Variable, options: CallOptions): Promise<CellWeights> {
  const numbers = await numbersOf(variable, options);
  return weightsOn(variable, (at) => numbers[at] ?? 0);
}

function cosines(latitude: Variable, options: CallOptions): Promise<CellWeights> {
  return numbersOf(latitude, options).then((degrees) =>
    weightsOn(latitude, (at) => Math.max(0, Math.cos((degrees[at] ?? 0) * DEGREE))),
  );
}

/** Of the bounds of a latitude the difference of the sines, which is the area of the band; else the cosine. */
async function bandHeights(dataset: Dataset, latitude: Variable, options: CallOptions): Promise<CellWeights> {
  const bounds = await pairsOf(dataset, latitude, options);
  if (bounds === undefined) return cosines(latitude, options);
  const sine = (at: number): number => Math.sin(Math.max(-90, Math.min(90, bounds[at] ?? 0)) * DEGREE);
  return weightsOn(latitude, (at) => Math.abs(sine(2 * at + 1) - sine(2 * at)));
}

/** undefined where cells are equally wide, as far as anybody says. */
async function widths(
  dataset: Dataset,
  longitude: Variable,
  options: CallOptions,
): Promise<CellWeights | undefined> {
  const bounds = await pairsOf(dataset, longitude, options);
  return bounds && weightsOn(longitude, (at) => Math.abs((bounds[2 * at + 1] ?? 0) - (bounds[2 * at] ?? 0)));
}

async function pairsOf(
  dataset: Dataset,
  { attrs, dims }: Variable,
  options: CallOptions,
): Promise<ArrayLike<number> | undefined> {
  const bounds = dataset.variables.get(String(attrs["bounds"] ?? ""));
  const isPair = bounds?.dims.length === 2 && bounds.dims[0] === dims[0] && bounds.source.grid.shape[1] === 2;
  return bounds && isPair ? numbersOf(bounds, options) : undefined;
}

/** Areas within the corners of single cells. */
async function enclosed(
  dataset: Dataset,
  { latitude, longitude }: { readonly latitude: Variable; readonly longitude: Variable },
  options: CallOptions,
): Promise<CellWeights | undefined> {
  const [corners, meridians] = [latitude, longitude].map(({ attrs, dims }) => {
    const bounds = dataset.variables.get(String(attrs["bounds"] ?? ""));
    const isFit =
      bounds?.dims.length === dims.length + 1 && dims.every((dim, axis) => bounds.dims[axis] === dim);
    return isFit ? bounds : undefined;
  });
  const count = corners?.source.grid.shape.at(-1) ?? 0;
  if (!corners || !meridians || count < 3 || meridians.source.grid.shape.at(-1) !== count) return undefined;
  const areas = polygonAreas(await numbersOf(corners, options), await numbersOf(meridians, options), count);
  return weightsOn(latitude, (at) => areas[at] ?? 0);
}

async function numbersOf(variable: Variable, options: CallOptions): Promise<ArrayLike<number>> {
  const values = await wholeValues(decodedVariable(variable).source, options);
  return isStringValues(values) ? new Float64Array(values.length) : toNumbers(values);
}

function weightsOn({ dims, source }: Variable, weight: (at: number) => number): CellWeights {
  const { shape } = source.grid;
  const values = sharedNumbers(shape.reduce((product, length) => product * length, 1));
  for (let at = 0; at < values.length; at += 1) {
    const value = weight(at);
    values[at] = Number.isNaN(value) ? 0 : value;
  }
  return { dims: dims.map((dim) => dim ?? ""), shape, values };
}
