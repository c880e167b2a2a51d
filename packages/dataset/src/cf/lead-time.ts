import { isTimeType } from "../data-type.ts";
import type { Variable } from "../dataset.ts";
import type { Calendar } from "./calendar.ts";
import { parseTimeUnits, timeCodingOf } from "./time-coding.ts";

/** Names of lead times in files that say no standard name: GRIB readers, benchmarks of learned models. */
const NAME = /^(lead_?time|step|prediction_timedelta|forecast_period)$/i;

/** True for the time since the initial time of a forecast: CF's `forecast_period`, or a length of time that is named like one. */
export function isLeadTime(coordinate: Variable): boolean {
  const { attrs, name } = coordinate;
  if (timeCodingOf(attrs) !== undefined) return false;
  const isNamed = attrs["standard_name"] === "forecast_period" || NAME.test(name);
  // the calendar that has a length for every unit
  return isNamed && leadUnit(coordinate, "360_day") !== undefined;
}

/** Nanoseconds of one unit of a lead time; undefined where it is no length of time, as a month is in most calendars. */
export function leadUnit({ attrs, source }: Variable, calendar: Calendar): bigint | undefined {
  const [, count = "", unit = ""] = /^timedelta64\[(\d*)(\w+)\]$/.exec(source.dtype) ?? [];
  if (unit === "" && isTimeType(source.dtype)) return undefined;
  const word = unit === "" ? attrs["units"] : unit === "m" ? "min" : unit;
  if (typeof word !== "string") return undefined;
  const length = parseTimeUnits(`${word} since 1970-01-01`, calendar)?.unitNanoseconds;
  return length === undefined ? undefined : length * BigInt(count || "1");
}
