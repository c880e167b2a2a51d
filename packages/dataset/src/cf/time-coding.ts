import type { Attributes } from "../attributes.ts";
import {
  type Calendar,
  type CalendarDate,
  dateOfDay,
  dayNumber,
  daysInMonth,
  isRealWorld,
  parseCalendar,
} from "./calendar.ts";

/** A point in time of a calendar: exact to the nanosecond, for as many years as a number has room for days. */
export interface Instant {
  /** As `dayNumber` counts. */
  readonly day: number;
  /** Since midnight, below 86 400 · 10⁹. */
  readonly nanoseconds: number;
}

/** How numbers are points in time: CF §4.4, `units: "days since 1850-01-01"` and `calendar`. */
export interface TimeCoding {
  readonly calendar: Calendar;
  readonly unitNanoseconds: bigint;
  readonly reference: Instant;
}

const DAY_NANOSECONDS = 86_400_000_000_000n;
const SECOND = 1_000_000_000n;

const UNITS: Readonly<Record<string, bigint>> = Object.fromEntries(
  [
    { names: "nanoseconds nanosecond nanosec ns", length: 1n },
    { names: "microseconds microsecond microsec microsecs us", length: 1000n },
    { names: "milliseconds millisecond millisec millisecs msec msecs ms", length: 1_000_000n },
    { names: "seconds second secs sec s", length: SECOND },
    { names: "minutes minute mins min", length: 60n * SECOND },
    { names: "hours hour hrs hr h", length: 3600n * SECOND },
    { names: "days day d", length: DAY_NANOSECONDS },
    { names: "weeks week", length: 7n * DAY_NANOSECONDS },
  ].flatMap(({ names, length }) => names.split(" ").map((name) => [name, length])),
);

const SINCE =
  /^\s*([a-zµ]+)\s+since\s+([+-]?\d{1,6})-(\d{1,2})-(\d{1,2})(?:(?:\s+|t)(\d{1,2})(?::(\d{1,2})(?::(\d{1,2}(?:\.\d*)?))?)?)?\s*(z|utc|gmt|[+-]?\d{1,2}(?::?\d{2})?)?\s*$/i;

/** How a variable's numbers are times; undefined where its attributes do not say so, or in words that CF does not know. */
export function timeCodingOf(attrs: Attributes): TimeCoding | undefined {
  const { units } = attrs;
  if (typeof units !== "string") return undefined;
  const calendar = parseCalendar(attrs["calendar"]);
  return calendar && parseTimeUnits(units, calendar);
}

/** Nanoseconds of `days`, `h`, … ; undefined for what is not a length of time. */
export function unitNanoseconds(name: string): bigint | undefined {
  const known = name.trim().toLowerCase();
  return Object.hasOwn(UNITS, known) ? UNITS[known] : undefined;
}

/** CF `units` such as `hours since 1900-01-01 00:00:00 +1:00`; undefined where they are something else. */
export function parseTimeUnits(units: string, calendar: Calendar): TimeCoding | undefined {
  const match = SINCE.exec(units);
  if (!match) return undefined;
  const [, unit = "", year = "", month = "", day = "", hours = "0", minutes = "0", seconds = "0", zone = ""] =
    match;
  const length = unitLength(unit, calendar);
  const date = { year: Number(year), month: Number(month), day: Number(day) };
  const isDate =
    date.month >= 1 &&
    date.month <= 12 &&
    date.day >= 1 &&
    date.day <= daysInMonth(calendar, date.year, date.month);
  if (length === undefined || !isDate || Number(hours) > 24 || Number(minutes) > 59 || Number(seconds) > 60)
    return undefined;
  const time =
    60n * (60n * BigInt(hours) + BigInt(minutes)) * SECOND +
    fractionOfSeconds(seconds) -
    zoneNanoseconds(zone);
  return {
    calendar,
    unitNanoseconds: length,
    reference: later({ day: dayNumber(calendar, date), nanoseconds: 0 }, time),
  };
}

/** The point in time that a number means, rounded to the nanosecond; undefined for NaN and what no calendar reaches. */
export function decodeInstant(coding: TimeCoding, value: number | bigint): Instant | undefined {
  if (typeof value === "bigint") return later(coding.reference, value * coding.unitNanoseconds);
  if (!Number.isFinite(value) || Math.abs(value) * Number(coding.unitNanoseconds) > 1e26) return undefined;
  const whole = Math.trunc(value);
  const rest = BigInt(Math.round((value - whole) * Number(coding.unitNanoseconds)));
  return later(coding.reference, BigInt(whole) * coding.unitNanoseconds + rest);
}

/** The point in time that lies so much later. */
export function later(instant: Instant, nanoseconds: bigint): Instant {
  const sum = BigInt(instant.nanoseconds) + nanoseconds;
  const rest = ((sum % DAY_NANOSECONDS) + DAY_NANOSECONDS) % DAY_NANOSECONDS;
  return { day: instant.day + Number((sum - rest) / DAY_NANOSECONDS), nanoseconds: Number(rest) };
}

/** Nanoseconds from the first to the second. */
export function between(from: Instant, to: Instant): bigint {
  return BigInt(to.day - from.day) * DAY_NANOSECONDS + BigInt(to.nanoseconds - from.nanoseconds);
}

/** `1850-01-16T12:00:00` in the words of the calendar itself, with a fraction only where there is one. */
export function formatInstant(calendar: Calendar, instant: Instant): string {
  return `${formatDate(dateOfDay(calendar, instant.day))}T${formatTimeOfDay(instant.nanoseconds)}`;
}

/**
 * The same as RFC 3339, in UTC, rounded to the millisecond: a date of another calendar that ISO 8601 lacks (30 February) becomes the last of its month.
 */
export function formatRfc3339(calendar: Calendar, instant: Instant): string {
  const rounded = later({ day: instant.day, nanoseconds: 0 }, roundedToMilliseconds(instant.nanoseconds));
  const date = dateOfDay(calendar, rounded.day);
  const day = Math.min(date.day, daysInMonth("proleptic_gregorian", date.year, date.month));
  return `${formatDate({ ...date, day })}T${formatTimeOfDay(rounded.nanoseconds)}Z`;
}

/** True where `formatRfc3339` names another day than the calendar, or one that lay elsewhere in real time. */
export function isApproximateInIso(calendar: Calendar): boolean {
  return !isRealWorld(calendar);
}

function unitLength(unit: string, calendar: Calendar): bigint | undefined {
  const known = unitNanoseconds(unit);
  if (known !== undefined) return known;
  // a month and a year have one length only in these calendars
  if (/^months?$/i.test(unit) && calendar === "360_day") return 30n * DAY_NANOSECONDS;
  if (/^(common_)?years?$/i.test(unit) && calendar === "noleap") return 365n * DAY_NANOSECONDS;
  return undefined;
}

function roundedToMilliseconds(nanoseconds: number): bigint {
  return BigInt(Math.round(nanoseconds / 1e6)) * 1_000_000n;
}

function fractionOfSeconds(text: string): bigint {
  const [whole = "0", fraction = ""] = text.split(".");
  return BigInt(whole) * SECOND + BigInt(fraction.slice(0, 9).padEnd(9, "0"));
}

function zoneNanoseconds(zone: string): bigint {
  const match = /^([+-]?)(\d{1,2}):?(\d{2})?$/.exec(zone);
  if (!match) return 0n;
  const [, sign, hours = "0", minutes = "0"] = match;
  const size = 60n * (60n * BigInt(hours) + BigInt(minutes)) * SECOND;
  return sign === "-" ? -size : size;
}

function formatDate({ year, month, day }: CalendarDate): string {
  const sign = year < 0 ? "-" : "";
  return `${sign}${String(Math.abs(year)).padStart(4, "0")}-${twoDigits(month)}-${twoDigits(day)}`;
}

function formatTimeOfDay(nanoseconds: number): string {
  const seconds = Math.floor(nanoseconds / 1e9);
  const fraction = nanoseconds - seconds * 1e9;
  const text = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60]
    .map(twoDigits)
    .join(":");
  return fraction === 0 ? text : `${text}.${String(fraction).padStart(9, "0").replace(/0+$/, "")}`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
