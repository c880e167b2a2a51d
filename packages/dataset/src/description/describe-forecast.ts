import type { Calendar } from "../cf/calendar.ts";
import { isLeadTime, leadUnit } from "../cf/lead-time.ts";
import type { PlacedVariable } from "./collect-variables.ts";
import type { CoordinateReader } from "./coordinate-reader.ts";
import type { ForecastExtent } from "./dataset-description.ts";
import { formatDuration } from "./regular-step.ts";

/** Lead times of a dataset: nanoseconds from the shortest to the longest, and how they are said. */
export interface Leads {
  readonly first: bigint;
  readonly last: bigint;
  readonly said: ForecastExtent["lead"];
}

/** True for the time at which a forecast starts, or the times along one dimension. */
export function isReference({ kind, dims, variable }: PlacedVariable): boolean {
  return kind === "time" && dims.length <= 1 && variable.attrs["standard_name"] === "forecast_reference_time";
}

/**
 * The lead time that is counted from a time; undefined where there is none, or where the time is already the one that
 * the values are for. Files of benchmarks call the initial time `time` and say nothing of the sort: there the two are
 * dimensions of one variable.
 */
export function leadFrom(
  time: PlacedVariable,
  variables: readonly PlacedVariable[],
): PlacedVariable | undefined {
  const [timeDim] = time.dims;
  const areTogether = (leadDim: string | undefined): boolean =>
    variables.some(({ dims }) => [timeDim, leadDim].every((dim) => dim === undefined || dims.includes(dim)));
  const hasValidTimes = (leadDim: string | undefined): boolean =>
    variables.some(
      ({ kind, dims }) =>
        kind === "time" && dims.length === 2 && dims.includes(leadDim ?? "") && dims.includes(timeDim ?? ""),
    );
  const isStart = isReference(time);
  const isNamedValid = time.variable.attrs["standard_name"] === "time" || /^valid/i.test(time.variable.name);
  return variables.find((lead) => {
    const [leadDim] = lead.dims;
    if (lead.dims.length > 1 || !isLeadTime(lead.variable)) return false;
    if (leadDim !== undefined && leadDim === timeDim) return false;
    if (isStart) return areTogether(leadDim);
    if (timeDim === undefined || leadDim === undefined) return false;
    return hasValidTimes(leadDim) || (!isNamedValid && areTogether(leadDim));
  });
}

export async function readLeads(
  lead: PlacedVariable,
  calendar: Calendar,
  reader: CoordinateReader,
): Promise<Leads | undefined> {
  const unit = leadUnit(lead.variable, calendar);
  const read = await reader.read(lead);
  if (unit === undefined || read === undefined) return undefined;
  const lengths = [...read.values]
    .filter((value) => isLength(value * Number(unit)))
    .toSorted((a, b) => a - b);
  const [first, last] = [lengths[0], lengths.at(-1)];
  if (first === undefined || last === undefined) return undefined;
  const nanoseconds = (value: number): bigint => BigInt(Math.round(value * Number(unit)));
  const step = read.isSample ? undefined : evenStep(lengths.map(nanoseconds));
  return {
    first: nanoseconds(first),
    last: nanoseconds(last),
    said: {
      variable: lead.path,
      first: signedDuration(nanoseconds(first)),
      last: signedDuration(nanoseconds(last)),
      span: formatDuration(nanoseconds(last) - nanoseconds(first)),
      ...(step !== undefined && { step: formatDuration(step) }),
    },
  };
}

/** Neither NaN nor NaT, whose number is the least of all. */
function isLength(nanoseconds: number): boolean {
  return Math.abs(nanoseconds) < 9e18;
}

function evenStep(sorted: readonly bigint[]): bigint | undefined {
  const [first, second] = sorted;
  if (first === undefined || second === undefined || second === first) return undefined;
  const isEven = sorted.every((value, at) => value - first === BigInt(at) * (second - first));
  return isEven ? second - first : undefined;
}

/** ISO 8601-2 has a sign for lengths before the initial time. */
function signedDuration(nanoseconds: bigint): string {
  return nanoseconds < 0n ? `-${formatDuration(-nanoseconds)}` : formatDuration(nanoseconds);
}
