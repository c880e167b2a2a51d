import {
  type Calendar,
  dateOfDay,
  dayNumber,
  isStringValues,
  type TimeCoding,
  type Values,
} from "@zarr-gateway/dataset";

/** Points in time along a dimension, decoded as xarray does. */
export interface TimeAxis {
  readonly calendar: Calendar;
  /** Numbers of days as `dayNumber` counts; NaN where a value is missing. */
  readonly days: Float64Array;
  /** Since midnight. */
  readonly nanoseconds: Float64Array;
  /** True where xarray has `datetime64[ns]`: a real-world calendar, all of it between 1677 and 2262. Else it has cftime. */
  readonly isDatetime64: boolean;
}

const DAY = 86_400_000_000_000;
const DAY_NANOSECONDS = BigInt(DAY);
/** What `datetime64[ns]` reaches, in nanoseconds since 1970. */
const LONGEST = 2n ** 63n - 1n;

/** The whole number of days and the rest of a length of time. */
interface Split {
  readonly days: number;
  readonly nanoseconds: number;
}

/**
 * Numbers as points in time. Fractions are rounded as xarray rounds them, so that components fall on the same side of an
 * hour: `datetime64` cuts off the product in double precision, cftime rounds to the microsecond.
 * @param isMissing of the stored value
 */
export function timeAxis(
  values: Values,
  coding: TimeCoding,
  isMissing: (value: number | bigint) => boolean,
): TimeAxis {
  const numbers = isStringValues(values) ? [] : values;
  const days = new Float64Array(numbers.length);
  const nanoseconds = new Float64Array(numbers.length);
  const isDirect = reachesDatetime64(coding, numbers, isMissing);
  for (let at = 0; at < numbers.length; at += 1) {
    const value = numbers[at] ?? 0;
    if (isMissing(value) || !Number.isFinite(Number(value))) {
      days[at] = Number.NaN;
      continue;
    }
    const since = split(value, coding, isDirect);
    const within = since.nanoseconds + coding.reference.nanoseconds;
    days[at] = since.days + coding.reference.day + (within >= DAY ? 1 : 0);
    nanoseconds[at] = within >= DAY ? within - DAY : within;
  }
  const axis = { calendar: coding.calendar, days, nanoseconds };
  return { ...axis, isDatetime64: fitsDatetime64(axis) };
}

/** Nanoseconds since day 0 of the calendar. */
export function instantAt(axis: TimeAxis, position: number): bigint {
  return BigInt(axis.days[position] ?? 0) * DAY_NANOSECONDS + BigInt(axis.nanoseconds[position] ?? 0);
}

/** Calendar dates, each day of a run of equal days worked out once. */
export function datesOf({ calendar, days }: TimeAxis): (position: number) => ReturnType<typeof dateOfDay> {
  let known = Number.NaN;
  let date = { year: 0, month: 1, day: 1 };
  return (position) => {
    const day = days[position] ?? 0;
    if (day !== known) {
      date = dateOfDay(calendar, day);
      known = day;
    }
    return date;
  };
}

function split(value: number | bigint, coding: TimeCoding, isDirect: boolean): Split {
  const unit = coding.unitNanoseconds;
  if (typeof value === "bigint") return splitExactly(value * unit);
  const product = value * Number(unit);
  if (Number.isInteger(value) && Math.abs(product) > Number.MAX_SAFE_INTEGER)
    return splitExactly(BigInt(value) * unit);
  if (Number.isInteger(value) || isDirect) {
    const whole = Math.trunc(product);
    if (!Number.isSafeInteger(whole)) return splitExactly(BigInt(whole));
    const days = Math.floor(whole / DAY);
    return { days, nanoseconds: whole - days * DAY };
  }
  const whole = Math.trunc(value);
  const microseconds = Math.round(((value - whole) * Number(unit)) / 1000);
  return splitExactly(BigInt(whole) * unit + BigInt(microseconds) * 1000n);
}

function splitExactly(nanoseconds: bigint): Split {
  const rest = ((nanoseconds % DAY_NANOSECONDS) + DAY_NANOSECONDS) % DAY_NANOSECONDS;
  return { days: Number((nanoseconds - rest) / DAY_NANOSECONDS), nanoseconds: Number(rest) };
}

/** xarray first tries without cftime, which needs the reference and the ends in range. */
function reachesDatetime64(
  { calendar, reference, unitNanoseconds }: TimeCoding,
  values: ArrayLike<number | bigint>,
  isMissing: (value: number | bigint) => boolean,
): boolean {
  if (!isRealWorld(calendar) || !isWithin(reference.day, reference.nanoseconds)) return false;
  const start = reference.day * DAY + reference.nanoseconds;
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] ?? 0;
    if (isMissing(value)) continue;
    if (Math.abs(Number(value) * Number(unitNanoseconds) + start) > Number(LONGEST)) return false;
  }
  return true;
}

function fitsDatetime64({ calendar, days, nanoseconds }: Omit<TimeAxis, "isDatetime64">): boolean {
  if (!isRealWorld(calendar)) return false;
  return days.every((day, at) => Number.isNaN(day) || isWithin(day, nanoseconds[at] ?? 0));
}

function isWithin(day: number, nanoseconds: number): boolean {
  if (Math.abs(day) < 106_000) return true; // well inside, without long arithmetic
  const since = BigInt(day) * DAY_NANOSECONDS + BigInt(nanoseconds);
  return since <= LONGEST && since >= -LONGEST;
}

function isRealWorld(calendar: Calendar): boolean {
  return calendar === "standard" || calendar === "proleptic_gregorian";
}

/** Nanoseconds since day 0 of the calendar at midnight of a date. */
export function midnight(calendar: Calendar, year: number, month: number, day: number): bigint {
  return BigInt(dayNumber(calendar, { year, month, day })) * DAY_NANOSECONDS;
}

/** The day that an instant lies in. */
export function dayOfInstant(nanoseconds: bigint): number {
  return splitExactly(nanoseconds).days;
}
