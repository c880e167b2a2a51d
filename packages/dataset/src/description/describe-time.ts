import { parseCalendar } from "../cf/calendar.ts";
import {
  decodeInstant,
  formatRfc3339,
  type Instant,
  isApproximateInIso,
  later,
  type TimeCoding,
  timeCodingOf,
  unitNanoseconds,
} from "../cf/time-coding.ts";
import type { PlacedVariable } from "./collect-variables.ts";
import type { CoordinateReader } from "./coordinate-reader.ts";
import type { TemporalExtent } from "./dataset-description.ts";
import { regularTimeStep } from "./regular-step.ts";

const EPOCH: Instant = { day: 0, nanoseconds: 0 };

/** From the earliest to the latest time of the dataset's time coordinate; undefined where it has none, or an empty one. */
export async function describeTime(
  variables: readonly PlacedVariable[],
  reader: CoordinateReader,
): Promise<TemporalExtent | undefined> {
  const coordinate = mainTime(variables);
  const coding = coordinate && codingOf(coordinate);
  if (!coordinate || !coding) return undefined;
  const read = await reader.read(coordinate);
  const values = read?.values.filter((value) => Number.isFinite(value)) ?? new Float64Array();
  const range = rangeOf(values);
  const start = range && decodeInstant(coding, range[0]);
  const end = range && decodeInstant(coding, range[1]);
  if (!start || !end) return undefined;
  const step = read?.isSample === false ? regularTimeStep(values, coding) : undefined;
  return {
    start: formatRfc3339(coding.calendar, start),
    end: formatRfc3339(coding.calendar, end),
    calendar: coding.calendar,
    ...(step !== undefined && { step }),
    isApproximate: isApproximateInIso(coding.calendar),
    variable: coordinate.path,
  };
}

/** How a time coordinate's numbers are times, also of the type datetime64. */
export function codingOf({ variable }: PlacedVariable): TimeCoding | undefined {
  const dtype = /^datetime64\[(\d*)(\w+)\]$/.exec(variable.source.dtype);
  if (!dtype) return timeCodingOf(variable.attrs);
  const unit = unitNanoseconds(dtype[2] === "m" ? "min" : (dtype[2] ?? ""));
  const calendar = parseCalendar("proleptic_gregorian");
  if (unit === undefined || calendar === undefined) return undefined;
  return { calendar, unitNanoseconds: unit * BigInt(dtype[1] || "1"), reference: later(EPOCH, 0n) };
}

/** CF's axis T and names say which of several is the one; parents come first. */
function mainTime(variables: readonly PlacedVariable[]): PlacedVariable | undefined {
  const times = variables.filter(({ kind, dims }) => kind === "time" && dims.length <= 1);
  const along = times.filter(
    ({ dims, variable }) => dims.length === 1 && dims[0]?.split("/").at(-1) === variable.name,
  );
  return (
    along.find(({ variable }) => variable.attrs["axis"] === "T" || variable.name === "time") ??
    along.find(({ variable }) => variable.attrs["standard_name"] === "time") ??
    along[0] ??
    times.find(({ dims }) => dims.length === 1) ??
    times[0]
  );
}

export function rangeOf(values: Float64Array): readonly [number, number] | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return low <= high ? [low, high] : undefined;
}
