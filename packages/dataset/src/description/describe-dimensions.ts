import { decodeInstant, formatRfc3339 } from "../cf/time-coding.ts";
import { coordinateOf, type PlacedVariable } from "./collect-variables.ts";
import type { CoordinateReader } from "./coordinate-reader.ts";
import type { DimensionDescription } from "./dataset-description.ts";
import { codingOf, rangeOf } from "./describe-time.ts";
import { regularStep, regularTimeStep } from "./regular-step.ts";

/** Dimensions with no more values than this are described by all of them. */
const MAX_LISTED_VALUES = 64;

const AXES = { longitude: "x", projected_x: "x", latitude: "y", projected_y: "y", vertical: "z" } as const;

type Measured = Omit<DimensionDescription, "name" | "size" | "kind" | "axis">;

/** Every dimension, in order of first use. */
export async function describeDimensions(
  variables: readonly PlacedVariable[],
  reader: CoordinateReader,
): Promise<DimensionDescription[]> {
  const sizes = new Map<string, number>();
  for (const { dims, variable } of variables) {
    for (const [axis, dim] of dims.entries()) {
      if (!sizes.has(dim)) sizes.set(dim, variable.source.grid.shape[axis] ?? 0);
    }
  }
  return Promise.all([...sizes].map(([name, size]) => describeDimension(name, size, variables, reader)));
}

async function describeDimension(
  name: string,
  size: number,
  variables: readonly PlacedVariable[],
  reader: CoordinateReader,
): Promise<DimensionDescription> {
  const coordinate = coordinateOf(variables, name);
  const role = roleOf(name, coordinate, variables);
  const measured = coordinate && (await measure(coordinate, reader));
  return { name, size, ...role, ...(measured ?? {}) };
}

function roleOf(
  name: string,
  coordinate: PlacedVariable | undefined,
  variables: readonly PlacedVariable[],
): Pick<DimensionDescription, "kind" | "axis"> {
  const kind = coordinate?.kind;
  if (kind === "time") return { kind: "temporal" };
  if (kind !== undefined) return { kind: "spatial", axis: AXES[kind] };
  // the dimensions of two-dimensional longitudes lie on the ground, even without coordinates of their own
  const grid = variables.find(({ kind, dims }) => kind === "longitude" && dims.length === 2);
  if (grid?.dims[1] === name) return { kind: "spatial", axis: "x" };
  if (grid?.dims[0] === name) return { kind: "spatial", axis: "y" };
  return /^(band|bands|wavelength)$/i.test(name) ? { kind: "bands" } : { kind: "additional" };
}

async function measure(coordinate: PlacedVariable, reader: CoordinateReader): Promise<Measured | undefined> {
  const { attrs } = coordinate.variable;
  const length = /^timedelta64\[(\d*\w+)\]$/.exec(coordinate.variable.source.dtype)?.[1];
  const unit = length ?? (typeof attrs["units"] === "string" ? attrs["units"] : undefined);
  const label = [attrs["long_name"], attrs["standard_name"]].find(
    (text) => typeof text === "string" && text !== "",
  );
  const read = await reader.read(coordinate);
  const said: Measured = {
    ...(unit !== undefined && { unit }),
    ...(typeof label === "string" && { description: label }),
  };
  const range = read && rangeOf(read.values);
  if (!read || !range) return said;
  const coding = codingOf(coordinate);
  if (coding) {
    const times = range.map((value) => decodeInstant(coding, value));
    const [start, end] = times.map((instant) => instant && formatRfc3339(coding.calendar, instant));
    const step = read.isSample ? undefined : regularTimeStep(read.values, coding);
    return { ...said, ...(start && end && { extent: [start, end] }), ...(step !== undefined && { step }) };
  }
  const step = read.isSample ? undefined : regularStep(read.values);
  const isShort =
    !read.isSample &&
    read.values.length <= MAX_LISTED_VALUES &&
    read.values.every((value) => !Number.isNaN(value));
  return {
    ...said,
    extent: range,
    ...(step !== undefined && { step }),
    ...(isShort && { values: [...read.values] }),
  };
}
