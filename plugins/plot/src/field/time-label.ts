import {
  between,
  dayNumber,
  daysInMonth,
  decodeInstant,
  formatInstant,
  later,
  type TimeCoding,
} from "@zarr-gateway/dataset";

const LABEL =
  /^\s*(-?\d{1,6})(?:-(\d{1,2})(?:-(\d{1,2})(?:[T ](\d{1,2})(?::(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?)?)?)?)?\s*(?:Z|\+00:?00)?\s*$/i;

const SECOND = 1_000_000_000n;
const DAY = 86_400n * SECOND;

/** Numbers of a time coordinate from the first that a label means up to, but without, the last. */
export interface TimeSpan {
  readonly from: number;
  readonly until: number;
}

/** `2013`, `2013-01`, `2013-01-05T12`: all times that begin so, in the coordinate's own numbers; undefined for no time. */
export function parseTimeLabel(text: string, coding: TimeCoding): TimeSpan | undefined {
  const match = LABEL.exec(text);
  if (!match) return undefined;
  const [, year = "", month, day, hour, minute, second, fraction] = match;
  const date = { year: Number(year), month: Number(month ?? 1), day: Number(day ?? 1) };
  const isDate =
    date.month >= 1 &&
    date.month <= 12 &&
    date.day >= 1 &&
    date.day <= daysInMonth(coding.calendar, date.year, date.month);
  if (!isDate || Number(hour ?? 0) > 24 || Number(minute ?? 0) > 59 || Number(second ?? 0) > 59)
    return undefined;
  const sinceMidnight =
    (BigInt(hour ?? 0) * 3600n + BigInt(minute ?? 0) * 60n + BigInt(second ?? 0)) * SECOND +
    BigInt((fraction ?? "").padEnd(9, "0"));
  const startDay = dayNumber(coding.calendar, date);
  const start = later({ day: startDay, nanoseconds: 0 }, sinceMidnight);
  const length =
    month === undefined
      ? BigInt(dayNumber(coding.calendar, { year: date.year + 1, month: 1, day: 1 }) - startDay) * DAY
      : day === undefined
        ? BigInt(daysInMonth(coding.calendar, date.year, date.month)) * DAY
        : hour === undefined
          ? DAY
          : minute === undefined
            ? 3600n * SECOND
            : second === undefined
              ? 60n * SECOND
              : fraction === undefined
                ? SECOND
                : 1n;
  const number = (nanoseconds: bigint): number => ratio(nanoseconds, coding.unitNanoseconds);
  const since = between(coding.reference, start);
  return { from: number(since), until: number(since + length) };
}

/** The quotient without losing the fraction. */
function ratio(nanoseconds: bigint, unit: bigint): number {
  const whole = nanoseconds / unit;
  return Number(whole) + Number(nanoseconds - whole * unit) / Number(unit);
}

/** `2013-01-05 12:00`, without what is zero at the end; the number itself where it is no time. */
export function formatTime(value: number, coding: TimeCoding): string {
  const instant = decodeInstant(coding, value);
  if (instant === undefined) return String(value);
  const rounded = later(
    { day: instant.day, nanoseconds: 0 },
    BigInt(Math.round(instant.nanoseconds / 1e6)) * 1_000_000n,
  );
  return formatInstant(coding.calendar, rounded)
    .replace("T", " ")
    .replace(/ 00:00:00$/, "")
    .replace(/(\d\d:\d\d):00$/, "$1");
}
