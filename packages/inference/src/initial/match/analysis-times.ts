import {
  type Calendar,
  type Dataset,
  formatInstant,
  later,
  leadUnit,
  type Variable,
} from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import { Instants } from "../../instants.ts";
import { coordinateInstants } from "./coordinate-instants.ts";
import { coordinateAlong, dimensionKind, kindOf, scalarsOfKind } from "./dimension-kind.ts";
import { numberLabels } from "./number-labels.ts";
import { listed, type Problems } from "./problems.ts";

/** Times for which a variable of an analysis has values, in order. */
export interface AnalysisTimes {
  readonly calendar: Calendar;
  /** CF units of the coordinate that they come from. */
  readonly units: string | undefined;
  readonly instants: Instants;
  /** The dimension that they lie along; undefined: there is a single one. */
  readonly dim: string | undefined;
  /** Of each of `instants`; undefined where they lie in this order. */
  readonly positions: Int32Array | undefined;
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
  const only = base.instants.at(0);
  const isAlongLead = dim === undefined && lead.isDimension && only !== undefined;
  if (isAlongLead) {
    const instants = Instants.of(lead.values.map((length) => later(only, length)));
    return inOrder({ ...base, instants, dim: lead.dim, fixed: new Map() }, problems);
  }
  const instants = base.instants.shifted(lead.values[0] ?? 0n);
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
  readonly instants: Instants;
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
  const found = await coordinateInstants(coordinate, { signal });
  if (found === undefined) return undefined;
  const { calendar, instants, missing } = found;
  if (instants === undefined) {
    problems.add(
      `"${coordinate.name}" of the analysis has ${missing > 0 ? `${missing} missing times` : "times more than 285 000 years apart"}`,
    );
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

function inOrder(
  {
    isReference: _isReference,
    ...times
  }: Omit<AnalysisTimes, "positions"> & { readonly isReference: boolean },
  problems: Problems,
): AnalysisTimes | undefined {
  const { instants, calendar } = times;
  if (instants.areRising) return { ...times, positions: undefined };
  const positions = Int32Array.from({ length: instants.length }, (_, position) => position);
  positions.sort((a, b) => instants.since(a, instants, b) || a - b);
  const sorted = instants.picked(positions);
  for (let at = 1; at < sorted.length; at += 1) {
    const instant = sorted.since(at, sorted, at - 1) === 0 ? sorted.at(at) : undefined;
    if (instant === undefined) continue;
    problems.add(
      `the analysis has the time ${formatInstant(calendar, instant)} twice, at positions ${positions[at - 1]} and ${positions[at]}`,
    );
    return undefined;
  }
  return { ...times, instants: sorted, positions };
}
