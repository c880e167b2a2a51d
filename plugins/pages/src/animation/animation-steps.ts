import {
  coordinateKind,
  type Dataset,
  elementCount,
  readNumbers,
  type Variable,
} from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import { type AnimationRange, type AnimationRequest, badRange, missing } from "./parse-animation.ts";

const LAST_STEPS = 12;
const LEAD_TIME = "forecast_period";
const MAX_BYTES = 5 * 1024 ** 3;
const MAX_COORDINATES = 4_000_000;
/** A list of positions in a view has as many entries. */
const MAX_LIST = 1000;
const INTEGER = /^[+-]?\d{1,9}$/;
const NUMBER = /^[+-]?(?:\d{1,9}(?:\.\d{1,9})?|\.\d{1,9})$/;
const TIME_LABEL = /^\d{4}(?:-\d\d(?:-\d\d(?:T[\d:]{2,8})?)?)?$/;
/** Other names that a coordinate goes by. */
const ALIASES: Readonly<Record<string, string>> = {
  lat: "latitude",
  latitude: "lat",
  lon: "longitude",
  longitude: "lon",
};

/** Positions along a dimension, in the order in which they are shown. */
interface Picked {
  readonly dim: string;
  readonly positions: readonly number[];
}

/** What moves: the lead time of forecasts, else the time. */
export function filmDimension(dataset: Dataset, variable: Variable): string | undefined {
  return leadOf(dataset, variable) ?? timeOf(dataset, variable);
}

/**
 * The steps of the view that an animation shows: times and lead times by position, other coordinates by value
 * (`low <= c < high`). Where none are asked for: the last twelve times, all lead times.
 * @throws GatewayError not_found in the words of cloudify
 */
export async function animationSteps(
  dataset: Dataset,
  { variable: name, ranges }: AnimationRequest,
  options: CallOptions,
): Promise<string[]> {
  const variable = dataset.variables.get(name);
  if (variable === undefined) throw missing(`Variable '${name}' not found in dataset`);
  assertOnGround(dataset, variable);
  const time = timeOf(dataset, variable);
  const lead = leadOf(dataset, variable);
  const steps: string[] = [];
  const lengths = new Map(
    variable.dims.map((dim, axis) => [dim ?? "", variable.source.grid.shape[axis] ?? 1]),
  );
  const pick = ({ dim, positions }: Picked): void => {
    if (positions.length === 0) throw missing("Your subset leads to empty array.");
    lengths.set(dim, positions.length);
    steps.push(`isel(${quoted(dim)}=${printPositions(positions)})`);
  };
  for (const range of ranges) {
    const coordinate = coordinateOf(dataset, variable, range.coordinate);
    const moving =
      coordinate.dims.length === 1 ? [time, lead].find((dim) => dim === coordinate.dims[0]) : undefined;
    if (
      moving !== undefined &&
      moving !== lead &&
      TIME_LABEL.test(range.low) &&
      range.low.length >= 4 &&
      !INTEGER.test(range.low)
    ) {
      steps.push(`sel(${quoted(coordinate.name)}=${range.low}:${range.high})`);
    } else if (moving !== undefined)
      pick({ dim: moving, positions: timePositions(range, lengths.get(moving) ?? 0) });
    else for (const picked of await valuePositions(coordinate, range, options)) pick(picked);
  }
  const hasTime = ranges.some(({ coordinate }) => coordinate === time || coordinate === "time");
  if (time !== undefined && lead === undefined && !hasTime) {
    const length = lengths.get(time) ?? 0;
    pick({ dim: time, positions: rangeOf(Math.max(0, length - LAST_STEPS), length) });
  }
  if (elementCount([...lengths.values()]) * 8 > MAX_BYTES)
    throw missing("Dataset too large after subsetting");
  return [`vars(${quoted(name)})`, ...steps];
}

/** A map needs places; without them nothing says where to draw. */
function assertOnGround(dataset: Dataset, variable: Variable): void {
  const kinds = new Set(
    [...dataset.variables.values()]
      .filter(({ dims }) => dims.length > 0 && dims.every((dim) => variable.dims.includes(dim)))
      .map((other) => coordinateKind(other)),
  );
  const isProjected = kinds.has("projected_x") && kinds.has("projected_y");
  if (!kinds.has("latitude") && !isProjected) throw missing("Need 'lat' or 'latitude' coordinate");
  if (!kinds.has("longitude") && !isProjected) throw missing("Need 'lon' or 'longitude' coordinate");
}

function timeOf(dataset: Dataset, variable: Variable): string | undefined {
  const time = [...dataset.variables.values()].find(
    (other) =>
      other.dims.length === 1 &&
      variable.dims.includes(other.dims[0] ?? "") &&
      coordinateKind(other) === "time",
  );
  return time?.dims[0] ?? (variable.dims.includes("time") ? "time" : undefined);
}

/** The dimension of a CF forecast period that has more than one entry. */
function leadOf(dataset: Dataset, variable: Variable): string | undefined {
  const leads = [...dataset.variables.values()].filter(({ attrs }) => attrs["standard_name"] === LEAD_TIME);
  const found = leads.find(
    ({ dims, source }) =>
      dims.length === 1 && variable.dims.includes(dims[0] ?? "") && source.grid.shape[0] !== 1,
  );
  return found?.dims[0] ?? undefined;
}

function coordinateOf(dataset: Dataset, variable: Variable, name: string): Variable {
  const alias = Object.hasOwn(ALIASES, name) ? ALIASES[name] : undefined;
  const coordinate = dataset.variables.get(name) ?? dataset.variables.get(alias ?? name);
  const isOn =
    coordinate && coordinate.dims.length > 0 && coordinate.dims.every((dim) => variable.dims.includes(dim));
  if (!isOn || coordinate.name === variable.name)
    throw missing(`Coordinate '${name.slice(0, 80)}' not found in dataset`);
  return coordinate;
}

/** Python's `range(low, high)` of positions, negative ones from the end. */
function timePositions({ text, low, high }: AnimationRange, length: number): number[] {
  if (!INTEGER.test(low) || !INTEGER.test(high)) throw badRange(text);
  const positions = rangeOf(Math.max(Number(low), -length), Math.min(Number(high), length));
  return positions.map((position) => (position < 0 ? position + length : position));
}

async function valuePositions(
  coordinate: Variable,
  { text, low, high }: AnimationRange,
  options: CallOptions,
): Promise<Picked[]> {
  if (!NUMBER.test(low) || !NUMBER.test(high)) throw badRange(text);
  const read = await readNumbers(coordinate, { ...options, maxElements: MAX_COORDINATES });
  if (read === undefined || read.isSample) throw badRange(text);
  const isLongitude = coordinateKind(coordinate) === "longitude" && read.values.some((value) => value > 180);
  const values = isLongitude ? read.values.map((value) => (value > 180 ? value - 360 : value)) : read.values;
  const isInside = (value: number): boolean => value >= Number(low) && value < Number(high);
  const [first = null, second] = coordinate.dims;
  if (second === undefined) {
    const found = [...values.keys()].filter((at) => isInside(values[at] ?? Number.NaN));
    // from west to east, whatever the convention
    if (isLongitude) found.sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
    return [{ dim: first ?? "", positions: found }];
  }
  const columns = coordinate.source.grid.shape[1] ?? 1;
  const [rows, places] = [new Set<number>(), new Set<number>()];
  for (const [at, value] of values.entries()) {
    if (!isInside(value)) continue;
    rows.add(Math.floor(at / columns));
    places.add(at % columns);
  }
  return [
    { dim: first ?? "", positions: spanned(rows) },
    { dim: second ?? "", positions: spanned(places) },
  ];
}

/** All between the least and the greatest: a grid has no holes. */
function spanned(positions: ReadonlySet<number>): number[] {
  if (positions.size === 0) return [];
  return rangeOf(Math.min(...positions), Math.max(...positions) + 1);
}

function rangeOf(from: number, to: number): number[] {
  return Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at);
}

/** A range where they follow each other, up or down, else a list. */
function printPositions(positions: readonly number[]): string {
  const [first = 0, second = first + 1] = positions;
  const step = second - first;
  if (Math.abs(step) === 1 && positions.every((position, at) => position === first + at * step)) {
    const end = first + positions.length * step;
    if (step === 1) return `${first}:${end}`;
    return `${first}:${end < 0 ? "" : end}:-1`;
  }
  if (positions.length > MAX_LIST) {
    const [low, high] = [Math.min(...positions), Math.max(...positions)];
    return `${low}:${high + 1}`; // all that lies between: more than was asked, in stored order
  }
  return positions.length === 1 ? `[${first}]` : positions.join(";");
}

function quoted(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_.-]*$/.test(name) ? name : `"${name}"`;
}
