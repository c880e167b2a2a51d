import type { Attributes, DataType, Values } from "@zarr-gateway/dataset";
import {
  type HarmonisedTimes,
  harmoniseTimes,
  instantsOf,
  isNumeric,
  type TimedValues,
} from "./harmonised-times.ts";
import { refusal } from "./member.ts";
import { calendarName, isTimeUnits, parseTimeClock, parseTimeLength, type TimeClock } from "./time-clock.ts";
import type { Turns } from "./turns.ts";

/** A variable of one file whose values are at hand, with the attributes that say what they mean. */
export interface KeptValues {
  readonly label: string;
  readonly values: Values;
  readonly dtype: DataType;
  readonly marks: Attributes;
  /** `units` and `calendar` of the coordinate whose bounds it holds, where it has none of its own. */
  readonly inherited?: Attributes;
}

/** Attributes that may differ between files, because times in other units are the same times. */
export const TIME_MARKS = ["units", "calendar"];

/** Integers have no NaN: times of other types may have other words for missing data, as long as none is missing. */
export const MISSING_MARKS = ["_FillValue", "missing_value"];

/** Values of every file, comparable and in one type; `units` and `dtype` are set where they are not the first file's. */
export interface CombinedValues {
  readonly values: readonly Values[];
  readonly dtype: DataType;
  readonly units?: string;
}

/**
 * The values of one variable of several files in the words of the first.
 * @throws GatewayError naming two files whose calendars, or units that are no times, differ
 */
export async function combineKept(
  parts: readonly KeptValues[],
  name: string,
  turns: Turns,
): Promise<CombinedValues> {
  const [first] = parts;
  if (first === undefined) return { values: [], dtype: "float64" };
  if (await haveSameTimes(parts, turns)) {
    return { values: parts.map(({ values }) => values), dtype: first.dtype };
  }
  const timed = await timedValues(parts, name, turns);
  const result: HarmonisedTimes | undefined = await harmoniseTimes(timed, first.dtype, turns);
  if (result !== undefined) return result;
  const other = parts.find((part) => !hasSameTime(first, part)) ?? first;
  throw refusal(
    `the times "${name}" of "${first.label}" (${unitsOf(first)}) and "${other.label}" (${unitsOf(other)}) ` +
      "cannot be written exactly in one unit",
  );
}

/** Numbers by which files are put in order: instants where their units differ. */
export async function comparableValues(
  parts: readonly KeptValues[],
  name: string,
  turns: Turns,
): Promise<ArrayLike<number | bigint>[]> {
  if (await haveSameTimes(parts, turns))
    return parts.map(({ values }) => values as ArrayLike<number | bigint>); // checked to be numeric by the caller
  const comparable: bigint[][] = [];
  for (const [position, part] of (await timedValues(parts, name, turns)).entries()) {
    if (turns.isDue) await turns.next();
    const instants = instantsOf(part).map((instant) => {
      if (instant !== undefined) return instant;
      throw refusal(`the coordinate "${name}" of "${parts[position]?.label}" has missing values`);
    });
    comparable.push(instants);
  }
  return comparable;
}

async function haveSameTimes(parts: readonly KeptValues[], turns: Turns): Promise<boolean> {
  const [first] = parts;
  for (const part of parts) {
    if (turns.isDue) await turns.next();
    if (first !== undefined && !hasSameTime(first, part)) return false;
  }
  return true;
}

async function timedValues(parts: readonly KeptValues[], name: string, turns: Turns): Promise<TimedValues[]> {
  const timed: TimedValues[] = [];
  for (const part of parts) {
    if (turns.isDue) await turns.next();
    timed.push(timedValuesOf(part, parts, name));
  }
  return timed;
}

/** @throws GatewayError where the part does not count time as the first one does */
function timedValuesOf(part: KeptValues, parts: readonly KeptValues[], name: string): TimedValues {
  const one = parts[0] ?? part;
  const [calendar, other] = [calendarOf(one), calendarOf(part)];
  if (calendar !== other) {
    throw refusal(
      `the calendars of "${name}" differ: "${one.label}" has ${calendar}, "${part.label}" has ${other}`,
    );
  }
  const units = unitsOf(part);
  const clock = isNumeric(part.dtype) ? clockOf(units, other) : undefined;
  if (clock === undefined) {
    const unlike = part === one ? (parts.find((candidate) => !hasSameTime(one, candidate)) ?? part) : part;
    throw refusal(
      `the units of "${name}" differ: "${one.label}" has ${unitsOf(one)}, "${unlike.label}" has ${unitsOf(unlike)}; ` +
        "only times in days, hours, minutes, seconds or parts of them can be converted",
    );
  }
  const missing = part.marks["_FillValue"] ?? part.marks["missing_value"];
  const isNumber = typeof missing === "number" || typeof missing === "bigint";
  return { values: part.values, clock, ...(isNumber && { missing: asIn(part.values, missing) }) };
}

/** Of points in time, and of lengths of time such as the lead times of forecasts. */
function clockOf(units: string, calendar: string): TimeClock | undefined {
  return isTimeUnits(units) ? parseTimeClock(units, calendar) : parseTimeLength(units);
}

/** The attribute as an element of the values would be. */
function asIn(values: Values, missing: number | bigint): number | bigint {
  const is64 = values instanceof BigInt64Array || values instanceof BigUint64Array;
  return is64 && Number.isInteger(Number(missing)) ? BigInt(missing) : Number(missing);
}

function hasSameTime(a: KeptValues, b: KeptValues): boolean {
  if (a.marks === b.marks && a.inherited === b.inherited && a.dtype === b.dtype) return true; // files made alike
  return unitsOf(a) === unitsOf(b) && a.dtype === b.dtype && calendarOf(a) === calendarOf(b);
}

function unitsOf({ marks, inherited }: KeptValues): string {
  const units = marks["units"] ?? inherited?.["units"];
  return typeof units === "string" ? units : "none";
}

function calendarOf(part: KeptValues): string {
  return isTimeUnits(unitsOf(part))
    ? calendarName(part.marks["calendar"] ?? part.inherited?.["calendar"])
    : "none";
}
