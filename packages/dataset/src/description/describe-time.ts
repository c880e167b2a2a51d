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
import { elementCount } from "../chunk-grid.ts";
import type { PlacedVariable } from "./collect-variables.ts";
import type { CoordinateReader } from "./coordinate-reader.ts";
import type { ForecastExtent, TemporalExtent } from "./dataset-description.ts";
import { isReference, type Leads, leadFrom, readLeads } from "./describe-forecast.ts";
import { regularTimeStep } from "./regular-step.ts";

const EPOCH: Instant = { day: 0, nanoseconds: 0 };

/**
 * From the earliest to the latest time that the dataset's values are for; undefined where it has no time coordinate, or
 * an empty one. Of forecasts it is reckoned from initial times and lead times: their valid times may be millions.
 */
export async function describeTime(
  variables: readonly PlacedVariable[],
  reader: CoordinateReader,
): Promise<TemporalExtent | undefined> {
  const coordinate = mainTime(variables);
  const times = coordinate && (await readTimes(coordinate, reader));
  if (!coordinate || !times) return undefined;
  const reference = [coordinate, ...variables.filter((one) => isReference(one))].find((one) =>
    leadFrom(one, variables),
  );
  const lead = reference && leadFrom(reference, variables);
  const leads = lead && (await readLeads(lead, times.coding.calendar, reader));
  const starts = reference === coordinate ? times : reference && (await readTimes(reference, reader));
  const isReckoned = leads !== undefined && reference === coordinate;
  const { calendar } = times.coding;
  const step = isReckoned ? (leads.said.step ?? times.step) : times.step;
  return {
    start: formatRfc3339(calendar, isReckoned ? later(times.first, leads.first) : times.first),
    end: formatRfc3339(calendar, isReckoned ? later(times.last, leads.last) : times.last),
    calendar,
    ...(step !== undefined && { step }),
    isApproximate: isApproximateInIso(calendar),
    variable: coordinate.path,
    ...(reference && leads && starts && { forecast: forecastExtent(reference, starts, leads) }),
  };
}

interface Times {
  readonly coding: TimeCoding;
  readonly first: Instant;
  readonly last: Instant;
  readonly count: number;
  readonly step: string | undefined;
}

async function readTimes(coordinate: PlacedVariable, reader: CoordinateReader): Promise<Times | undefined> {
  const coding = codingOf(coordinate);
  if (!coding) return undefined;
  const read = await reader.read(coordinate);
  const values = read?.values.filter((value) => Number.isFinite(value)) ?? new Float64Array();
  const range = rangeOf(values);
  const first = range && decodeInstant(coding, range[0]);
  const last = range && decodeInstant(coding, range[1]);
  if (!first || !last) return undefined;
  const step = read?.isSample === false ? regularTimeStep(values, coding) : undefined;
  return { coding, first, last, count: elementCount(coordinate.variable.source.grid.shape), step };
}

function forecastExtent(reference: PlacedVariable, starts: Times, leads: Leads): ForecastExtent {
  const said = (instant: Instant): string => formatRfc3339(starts.coding.calendar, instant);
  return {
    reference: {
      variable: reference.path,
      first: said(starts.first),
      last: said(starts.last),
      count: starts.count,
      ...(starts.step !== undefined && { step: starts.step }),
    },
    lead: leads.said,
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

/** Times that values are for come before initial ones; CF's axis T and names say which of several is the one; parents come first. */
function mainTime(variables: readonly PlacedVariable[]): PlacedVariable | undefined {
  const times = variables.filter(({ kind, dims }) => kind === "time" && dims.length <= 1);
  const initial = times.filter((time) => isReference(time));
  const valid = times.filter((time) => !isReference(time));
  const isLine = ({ dims }: PlacedVariable): boolean => dims.length === 1;
  return (
    dimensionTime(valid) ??
    valid.find(isLine) ??
    dimensionTime(initial) ??
    initial.find((time) => isLine(time) || leadFrom(time, variables)?.dims.length === 1) ??
    valid[0] ??
    initial[0]
  );
}

function dimensionTime(times: readonly PlacedVariable[]): PlacedVariable | undefined {
  const along = times.filter(
    ({ dims, variable }) => dims.length === 1 && dims[0]?.split("/").at(-1) === variable.name,
  );
  return (
    along.find(({ variable }) => variable.attrs["axis"] === "T" || variable.name === "time") ??
    along.find(({ variable }) => variable.attrs["standard_name"] === "time") ??
    along[0]
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
