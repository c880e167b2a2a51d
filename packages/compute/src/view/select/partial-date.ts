import { type Calendar, type CalendarDate, dayNumber, daysInMonth } from "@zarr-gateway/dataset";

/** A date of which the end may be missing stands for all points in time that begin like it. */
export interface PartialDate {
  readonly resolution: Resolution;
  /** First and last point in time, both inclusive, to the nanosecond. */
  readonly first: Moment;
  readonly last: Moment;
}

/** As `Instant`. */
export interface Moment {
  readonly day: number;
  readonly nanoseconds: number;
}

/** Coarsest first. */
export const RESOLUTIONS = ["year", "month", "day", "hour", "minute", "second", "fraction"] as const;
export type Resolution = (typeof RESOLUTIONS)[number];

const PARTIAL =
  /^([+-]?\d{4,6})(?:-(\d{2})(?:-(\d{2})(?:T(\d{2})(?::(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?)?)?)?$/;
const HOUR = 3_600_000_000_000;
const MINUTE = 60_000_000_000;
const SECOND = 1_000_000_000;
const DAY = 24 * HOUR;

/** `2013`, `2013-01`, `2013-01-01T06:30`; undefined for what is no date of the calendar. */
export function parsePartialDate(text: string, calendar: Calendar): PartialDate | undefined {
  const match = PARTIAL.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour, minute, second, fraction] = match;
  const given = [year, month, day, hour, minute, second, fraction].filter(
    (part) => part !== undefined,
  ).length;
  const resolution = RESOLUTIONS[given - 1];
  const date: CalendarDate = { year: Number(year), month: Number(month ?? "1"), day: Number(day ?? "1") };
  if (resolution === undefined || !isDate(calendar, date)) return undefined;
  const [h, m, s] = [Number(hour ?? "0"), Number(minute ?? "0"), Number(second ?? "0")];
  if (h > 23 || m > 59 || s > 59) return undefined;
  const start = h * HOUR + m * MINUTE + s * SECOND + Number((fraction ?? "").padEnd(9, "0"));
  return {
    resolution,
    first: { day: dayNumber(calendar, date), nanoseconds: start },
    last: lastMoment(calendar, date, { resolution, start, digits: fraction?.length ?? 0 }),
  };
}

function isDate(calendar: Calendar, { year, month, day }: CalendarDate): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth(calendar, year, month);
}

function lastMoment(
  calendar: Calendar,
  date: CalendarDate,
  {
    resolution,
    start,
    digits,
  }: { readonly resolution: Resolution; readonly start: number; readonly digits: number },
): Moment {
  const { year, month } = date;
  const end = (month12: number): CalendarDate => ({
    year,
    month: month12,
    day: daysInMonth(calendar, year, month12),
  });
  const at = (last: CalendarDate, nanoseconds: number): Moment => ({
    day: dayNumber(calendar, last),
    nanoseconds,
  });
  switch (resolution) {
    case "year":
      return at(end(12), DAY - 1);
    case "month":
      return at(end(month), DAY - 1);
    case "day":
      return at(date, DAY - 1);
    case "hour":
      return at(date, start + HOUR - 1);
    case "minute":
      return at(date, start + MINUTE - 1);
    case "second":
      return at(date, start + SECOND - 1);
    case "fraction":
      return at(date, start + 10 ** (9 - digits) - 1);
    default:
      return resolution satisfies never;
  }
}

/** The finest part that any of the times of day uses: coarser dates mean ranges of them. */
export function finestResolution(nanoseconds: Float64Array): Resolution {
  let finest = 2;
  for (const time of nanoseconds) {
    if (time % SECOND !== 0 && !Number.isNaN(time)) return "fraction";
    if (time % MINUTE !== 0) finest = Math.max(finest, 5);
    else if (time % HOUR !== 0) finest = Math.max(finest, 4);
    else if (time !== 0) finest = Math.max(finest, 3);
  }
  return RESOLUTIONS[finest] ?? "day";
}
