import { type Calendar, dayNumber, daysInMonth } from "@zarr-gateway/dataset";
import { datesOf, type TimeAxis } from "./time-axis.ts";

/** What each position belongs to; NaN or undefined where it belongs to nothing. */
export type GroupKeys =
  | { readonly dtype: "int64" | "bool" | "float64"; readonly values: Float64Array }
  | { readonly dtype: "string"; readonly values: readonly (string | undefined)[] };

type Reader = (axis: TimeAxis) => (position: number) => number;

interface Component {
  readonly dtype: "int64" | "bool";
  readonly reader: Reader;
  /** xarray has it for `datetime64` alone, not for cftime. */
  readonly isOfDatetime64?: true;
}

const HOUR = 3_600_000_000_000;
const SEASONS = ["DJF", "MAM", "JJA", "SON"];

const dayOfWeek: Reader = ({ calendar, days }) => {
  // day 0 of the other calendars is a Monday as cftime counts; 1970-01-01 was a Thursday
  const first = ["standard", "proleptic_gregorian", "julian"].includes(calendar) ? 3 : 0;
  return (at) => modulo((days[at] ?? 0) + first, 7);
};
const dayOfYear: Reader = (axis) => {
  const dateAt = datesOf(axis);
  return (at) => (axis.days[at] ?? 0) - newYear(axis.calendar, dateAt(at).year) + 1;
};
const monthLength: Reader = (axis) => {
  const dateAt = datesOf(axis);
  return (at) => daysInMonth(axis.calendar, dateAt(at).year, dateAt(at).month);
};
const ofDate =
  (read: (date: { readonly year: number; readonly month: number; readonly day: number }) => number): Reader =>
  (axis) => {
    const dateAt = datesOf(axis);
    return (at) => read(dateAt(at));
  };
const ofDay =
  (read: (nanoseconds: number) => number): Reader =>
  ({ nanoseconds }) =>
  (at) =>
    read(nanoseconds[at] ?? 0);

const COMPONENTS: Readonly<Record<string, Component>> = {
  year: { dtype: "int64", reader: ofDate(({ year }) => year) },
  month: { dtype: "int64", reader: ofDate(({ month }) => month) },
  day: { dtype: "int64", reader: ofDate(({ day }) => day) },
  hour: { dtype: "int64", reader: ofDay((ns) => Math.floor(ns / HOUR)) },
  minute: { dtype: "int64", reader: ofDay((ns) => Math.floor(ns / 60e9) % 60) },
  second: { dtype: "int64", reader: ofDay((ns) => Math.floor(ns / 1e9) % 60) },
  microsecond: { dtype: "int64", reader: ofDay((ns) => Math.floor(ns / 1000) % 1e6) },
  nanosecond: { dtype: "int64", reader: ofDay((ns) => ns % 1000), isOfDatetime64: true },
  dayofyear: { dtype: "int64", reader: dayOfYear },
  day_of_year: { dtype: "int64", reader: dayOfYear },
  dayofweek: { dtype: "int64", reader: dayOfWeek },
  day_of_week: { dtype: "int64", reader: dayOfWeek },
  weekday: { dtype: "int64", reader: dayOfWeek },
  week: { dtype: "int64", reader: isoWeek, isOfDatetime64: true },
  weekofyear: { dtype: "int64", reader: isoWeek, isOfDatetime64: true },
  quarter: {
    dtype: "int64",
    reader: ofDate(({ month }) => Math.ceil(month / 3)),
    isOfDatetime64: true,
  },
  days_in_month: { dtype: "int64", reader: monthLength },
  daysinmonth: { dtype: "int64", reader: monthLength },
  days_in_year: { dtype: "int64", reader: yearLength },
  is_leap_year: { dtype: "bool", reader: isLeapYear },
};

/** What may stand behind the dot of `time.month`. */
export const TIME_COMPONENTS: readonly string[] = [
  ...Object.keys(COMPONENTS).slice(0, 2),
  "season",
  ...Object.keys(COMPONENTS).slice(2),
];

/** The components that times of the axis have: xarray gives fewer for cftime. */
export function componentsOf(axis: Pick<TimeAxis, "isDatetime64">): string[] {
  return TIME_COMPONENTS.filter(
    (name) => axis.isDatetime64 || COMPONENTS[name]?.isOfDatetime64 === undefined,
  );
}

/** A component as xarray's `.dt` gives it; its name is one of `TIME_COMPONENTS`. */
export function timeComponent(axis: TimeAxis, name: string): GroupKeys {
  if (name === "season") return { dtype: "string", values: seasons(axis) };
  const component = COMPONENTS[name] ?? { dtype: "int64" as const, reader: dayOfYear };
  const readAt = component.reader(axis);
  const values = new Float64Array(axis.days.length);
  for (let at = 0; at < values.length; at += 1) {
    values[at] = Number.isNaN(axis.days[at] ?? 0) ? Number.NaN : readAt(at);
  }
  return { dtype: component.dtype, values };
}

function seasons(axis: TimeAxis): (string | undefined)[] {
  const dateAt = datesOf(axis);
  // xarray's word for a missing time is "nan", which makes a group of its own
  return Array.from(axis.days, (day, at) =>
    Number.isNaN(day) ? "nan" : SEASONS[Math.floor(dateAt(at).month / 3) % 4],
  );
}

function isLeapYear(axis: TimeAxis): (position: number) => number {
  if (axis.calendar === "360_day") return () => 0;
  const dateAt = datesOf(axis);
  return (at) => (daysInMonth(axis.calendar, dateAt(at).year, 2) === 29 ? 1 : 0);
}

function yearLength(axis: TimeAxis): (position: number) => number {
  if (axis.calendar === "360_day") return () => 360;
  const isLeap = isLeapYear(axis);
  return (at) => 365 + isLeap(at);
}

/** Week of ISO 8601: the one with the year's first Thursday is week 1. */
function isoWeek(axis: TimeAxis): (position: number) => number {
  const weekday = dayOfWeek(axis);
  const ofThursday = { ...axis, days: axis.days.map((day, at) => day - weekday(at) + 3) };
  const inYear = dayOfYear(ofThursday);
  return (at) => Math.ceil(inYear(at) / 7);
}

const newYear = (calendar: Calendar, year: number): number => dayNumber(calendar, { year, month: 1, day: 1 });

function modulo(value: number, divisor: number): number {
  return value - divisor * Math.floor(value / divisor);
}
