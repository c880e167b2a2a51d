import { coordinateLabels } from "@zarr-gateway/compute";
import {
  type Calendar,
  type Dataset,
  formatInstant,
  type Instant,
  later,
  leadUnit,
  type Variable,
} from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import { coordinateAlong, dimensionKind, kindOf, scalarsOfKind } from "./dimension-kind.ts";
import { numberLabels } from "./number-labels.ts";
import { listed, type Problems } from "./problems.ts";

/** Times for which a variable of an analysis has values, in order. */
export interface AnalysisTimes {
  readonly calendar: Calendar;
  /** CF units of the coordinate that they come from. */
  readonly units: string | undefined;
  readonly instants: readonly Instant[];
  /** The dimension that they lie along; undefined: there is a single one. */
  readonly dim: string | undefined;
  /** Of each of `instants`. */
  readonly positions: Int32Array;
  /** The one place that is taken along other dimensions of time. */
  readonly fixed: ReadonlyMap<string, number>;
}

export interface TimesContext extends CallOptions {
  readonly dataset: Dataset;
  readonly id: string;
  readonly problems: Problems;
}

/** The dimensions of a variable that are time or lead time. */
export function timeDimensions(dataset: Dataset, { dims }: Variable): string[] {
  return dims.filter((dim): dim is string => {
    const kind = dim === null ? undefined : dimensionKind(dataset, dim);
    return kind === "time" || kind === "lead";
  });
}

/**
 * Times along such dimensions. Of forecasts, initial times at lead time 0; where one lead time or one initial time was
 * chosen (a view such as `@isel(lead_time=4)`), the times that the forecasts are for.
 */
export async function analysisTimes(
  dims: readonly string[],
  context: TimesContext,
): Promise<AnalysisTimes | undefined> {
  const { dataset, problems, id } = context;
  const times = dims.filter((dim) => dimensionKind(dataset, dim) === "time");
  const leads = dims.filter((dim) => dimensionKind(dataset, dim) === "lead");
  if (times.length > 1 || leads.length > 1) {
    problems.add(
      `the analysis has several dimensions of time (${dims.join(", ")}): choose one by a view such as ${id}@isel(${dims[1]}=0)`,
    );
    return undefined;
  }
  const lead = await leadLabels(leads[0], context);
  const base = await baseTimes(times[0], { ...context, hasLead: lead !== undefined });
  if (base === undefined) return undefined;
  const [dim] = times;
  if (lead === undefined || !base.isReference) return inOrder({ ...base, dim, fixed: new Map() }, problems);
  if (dim !== undefined && lead.values.length > 1) {
    const zero = lead.values.indexOf(0n);
    if (zero === -1) {
      problems.add(
        `the analysis is a forecast without lead time 0: choose one by a view such as ${id}@isel(${lead.dim}=0)`,
      );
      return undefined;
    }
    return inOrder({ ...base, dim, fixed: new Map([[lead.dim, zero]]) }, problems);
  }
  const [only] = base.instants;
  const isAlongLead = dim === undefined && lead.isDimension && only !== undefined;
  if (isAlongLead) {
    const instants = lead.values.map((length) => later(only, length));
    return inOrder({ ...base, instants, dim: lead.dim, fixed: new Map() }, problems);
  }
  const instants = base.instants.map((instant) => later(instant, lead.values[0] ?? 0n));
  const fixed = lead.isDimension ? new Map([[lead.dim, 0]]) : new Map<string, number>();
  return inOrder({ ...base, instants, dim, fixed }, problems);
}

interface LeadLabels {
  readonly dim: string;
  readonly isDimension: boolean;
  /** Nanoseconds. */
  readonly values: readonly bigint[];
}

async function leadLabels(
  dim: string | undefined,
  { dataset, signal }: TimesContext,
): Promise<LeadLabels | undefined> {
  const scalars = scalarsOfKind(dataset, "lead");
  const coordinate = dim === undefined ? scalars[0] : coordinateAlong(dataset, dim);
  const unit = coordinate && leadUnit(coordinate, "standard");
  if (coordinate === undefined || unit === undefined || (dim === undefined && scalars.length > 1))
    return undefined;
  const labels = await numberLabels(coordinate, { signal });
  if (labels === undefined) return undefined;
  const values = Array.from(labels.values, (value) => BigInt(Math.round(value * Number(unit))));
  return { dim: dim ?? coordinate.name, isDimension: dim !== undefined, values };
}

interface BaseTimes {
  readonly calendar: Calendar;
  readonly units: string | undefined;
  readonly instants: readonly Instant[];
  /** True where a lead time is still to be added. */
  readonly isReference: boolean;
}

async function baseTimes(
  dim: string | undefined,
  { dataset, problems, signal, hasLead }: TimesContext & { readonly hasLead: boolean },
): Promise<BaseTimes | undefined> {
  const coordinate = dim === undefined ? scalarTime(dataset, hasLead) : coordinateAlong(dataset, dim);
  if (coordinate === undefined) {
    problems.add(
      `the analysis has no time: expected a dimension with CF units such as "hours since 1970-01-01", there are ${listed([...dataset.variables.keys()])}`,
    );
    return undefined;
  }
  const labels = await coordinateLabels(coordinate, { signal });
  if (labels.kind !== "instants") return undefined;
  const { calendar, days, nanoseconds } = labels;
  let missing = 0;
  const instants = new Array<Instant>(days.length);
  for (let at = 0; at < days.length; at += 1) {
    const day = days[at] ?? Number.NaN;
    if (Number.isNaN(day)) missing += 1;
    instants[at] = toMillisecond(day, nanoseconds[at] ?? 0);
  }
  if (missing > 0) {
    problems.add(`"${coordinate.name}" of the analysis has ${missing} missing times`);
    return undefined;
  }
  const { units } = coordinate.attrs;
  return {
    calendar,
    units: typeof units === "string" && / since /.test(units) ? units : undefined,
    instants,
    isReference: hasLead && isReference(dataset, coordinate),
  };
}

/** Initial times say so; those of GRIB files say it by having a valid time beside them. */
function isReference(dataset: Dataset, { name, attrs, dims }: Variable): boolean {
  if (
    attrs["standard_name"] === "forecast_reference_time" ||
    /^(init|reference|forecast_reference)/i.test(name)
  )
    return true;
  const valid = dataset.variables.get("valid_time");
  return valid !== undefined && name !== "valid_time" && dims.every((dim) => valid.dims.includes(dim));
}

/** With a lead time the initial time, else the time for which the values are. */
function scalarTime(dataset: Dataset, hasLead: boolean): Variable | undefined {
  const scalars = scalarsOfKind(dataset, "time").filter((one) => kindOf(one) === "time");
  const isInitial = (one: Variable): boolean => one.attrs["standard_name"] === "forecast_reference_time";
  return scalars.find((one) => isInitial(one) === hasLead) ?? (scalars.length === 1 ? scalars[0] : undefined);
}

/** Fractions of days in floating point miss full seconds by microseconds. */
function toMillisecond(day: number, nanoseconds: number): Instant {
  const rounded = Math.round(nanoseconds / 1e6) * 1e6;
  return rounded >= 86_400e9 ? { day: day + 1, nanoseconds: 0 } : { day, nanoseconds: rounded };
}

function inOrder(
  {
    isReference: _isReference,
    ...times
  }: Omit<AnalysisTimes, "positions"> & { readonly isReference: boolean },
  problems: Problems,
): AnalysisTimes | undefined {
  const { instants, calendar } = times;
  const positions = countedTo(instants.length);
  if (isRising(instants)) return { ...times, positions };
  positions.sort((a, b) => compareInstants(instants[a], instants[b]) || a - b);
  const sorted = Array.from(positions, (position) => instants[position] ?? NEVER);
  for (let at = 1; at < sorted.length; at += 1) {
    if (compareInstants(sorted[at - 1], sorted[at]) !== 0) continue;
    const time = formatInstant(calendar, sorted[at] ?? NEVER);
    problems.add(
      `the analysis has the time ${time} twice, at positions ${positions[at - 1]} and ${positions[at]}`,
    );
    return undefined;
  }
  return { ...times, instants: sorted, positions };
}

const NEVER: Instant = { day: 0, nanoseconds: 0 };

/** 0, 1, 2, …: there may be very many. */
export function countedTo(length: number): Int32Array {
  const positions = new Int32Array(length);
  for (let at = 0; at < length; at += 1) positions[at] = at;
  return positions;
}

function isRising(instants: readonly Instant[]): boolean {
  for (let at = 1; at < instants.length; at += 1) {
    if (compareInstants(instants[at - 1], instants[at]) >= 0) return false;
  }
  return true;
}

/** Negative where the first is earlier. */
export function compareInstants(a: Instant | undefined, b: Instant | undefined): number {
  return (a?.day ?? 0) - (b?.day ?? 0) || (a?.nanoseconds ?? 0) - (b?.nanoseconds ?? 0);
}
