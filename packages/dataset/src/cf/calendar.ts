/** Calendars of CF §4.4.1 under one name each; `standard` is Julian before 1582-10-15 and Gregorian from then on. */
export type Calendar = "standard" | "proleptic_gregorian" | "julian" | "noleap" | "all_leap" | "360_day";

/** Years are astronomical: the year before 1 is 0. */
export interface CalendarDate {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  /** 1 to 31. */
  readonly day: number;
}

const CALENDARS: Readonly<Record<string, Calendar>> = {
  standard: "standard",
  gregorian: "standard",
  proleptic_gregorian: "proleptic_gregorian",
  julian: "julian",
  noleap: "noleap",
  "365_day": "noleap",
  all_leap: "all_leap",
  "366_day": "all_leap",
  "360_day": "360_day",
};

const MONTH_LENGTHS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
/** Julian day number of 1970-01-01, and of the first Gregorian day 1582-10-15. */
const JULIAN_DAY_1970 = 2_440_588;
const FIRST_GREGORIAN_DAY = 2_299_161 - JULIAN_DAY_1970;

/** The calendar of an attribute, `standard` where there is none; undefined for a name that CF does not know. */
export function parseCalendar(name: unknown): Calendar | undefined {
  if (name === undefined) return "standard";
  return typeof name === "string" ? CALENDARS[name.trim().toLowerCase()] : undefined;
}

/** True for calendars whose dates are those of ISO 8601, at least since 1582. */
export function isRealWorld(calendar: Calendar): boolean {
  return calendar === "standard" || calendar === "proleptic_gregorian";
}

/** Days of a month, 28 to 31. */
export function daysInMonth(calendar: Calendar, year: number, month: number): number {
  if (calendar === "360_day") return 30;
  return month === 2 && isLeapYear(calendar, year) ? 29 : (MONTH_LENGTHS[month - 1] ?? 30);
}

/** Days since 1970-01-01 in the calendars that know that day in common (1970-01-14 for `julian`), else since year 0. */
export function dayNumber(calendar: Calendar, { year, month, day }: CalendarDate): number {
  switch (calendar) {
    case "360_day":
      return 360 * year + 30 * (month - 1) + day - 1;
    case "noleap":
      return 365 * year + daysBeforeMonth(false, month) + day - 1;
    case "all_leap":
      return 366 * year + daysBeforeMonth(true, month) + day - 1;
    case "julian":
      return julianDay(year, month, day);
    case "proleptic_gregorian":
      return gregorianDay(year, month, day);
    case "standard": {
      const gregorian = gregorianDay(year, month, day);
      return gregorian >= FIRST_GREGORIAN_DAY ? gregorian : julianDay(year, month, day);
    }
    default:
      return calendar satisfies never;
  }
}

/** The inverse of `dayNumber`. */
export function dateOfDay(calendar: Calendar, day: number): CalendarDate {
  switch (calendar) {
    case "360_day": {
      const inYear = modulo(day, 360);
      return { year: Math.floor(day / 360), month: Math.floor(inYear / 30) + 1, day: (inYear % 30) + 1 };
    }
    case "noleap":
      return dateInYear(Math.floor(day / 365), modulo(day, 365), false);
    case "all_leap":
      return dateInYear(Math.floor(day / 366), modulo(day, 366), true);
    case "julian":
      return julianDate(day);
    case "proleptic_gregorian":
      return gregorianDate(day);
    case "standard":
      return day >= FIRST_GREGORIAN_DAY ? gregorianDate(day) : julianDate(day);
    default:
      return calendar satisfies never;
  }
}

function isLeapYear(calendar: Calendar, year: number): boolean {
  if (calendar === "noleap") return false;
  if (calendar === "all_leap") return true;
  if (calendar === "julian" || (calendar === "standard" && year < 1582)) return modulo(year, 4) === 0;
  return modulo(year, 4) === 0 && (modulo(year, 100) !== 0 || modulo(year, 400) === 0);
}

function daysBeforeMonth(isLeap: boolean, month: number): number {
  let days = 0;
  for (let earlier = 1; earlier < month; earlier += 1) days += MONTH_LENGTHS[earlier - 1] ?? 0;
  return isLeap && month > 2 ? days + 1 : days;
}

function dateInYear(year: number, dayOfYear: number, isLeap: boolean): CalendarDate {
  let month = 12;
  while (daysBeforeMonth(isLeap, month) > dayOfYear) month -= 1;
  return { year, month, day: dayOfYear - daysBeforeMonth(isLeap, month) + 1 };
}

/** Years counted from March, so that the leap day is the last of its year. */
function marchYear(year: number, month: number): { year: number; dayBefore: number } {
  const shifted = month > 2 ? { year, month: month - 3 } : { year: year - 1, month: month + 9 };
  return { year: shifted.year, dayBefore: Math.floor((153 * shifted.month + 2) / 5) };
}

function gregorianDay(year: number, month: number, day: number): number {
  const march = marchYear(year, month);
  const era = Math.floor(march.year / 400);
  const inEra = march.year - 400 * era;
  return (
    146_097 * era +
    365 * inEra +
    Math.floor(inEra / 4) -
    Math.floor(inEra / 100) +
    march.dayBefore +
    day -
    719_469
  );
}

function julianDay(year: number, month: number, day: number): number {
  const march = marchYear(year, month);
  return 365 * march.year + Math.floor(march.year / 4) + march.dayBefore + day - 719_471;
}

function gregorianDate(day: number): CalendarDate {
  const since = day + 719_468;
  const era = Math.floor(since / 146_097);
  const inEra = since - 146_097 * era;
  const leapDays = Math.floor(inEra / 1460) - Math.floor(inEra / 36_524) + Math.floor(inEra / 146_096);
  const year = Math.floor((inEra - leapDays) / 365);
  const dayOfYear = inEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  return fromMarch(400 * era + year, dayOfYear);
}

function julianDate(day: number): CalendarDate {
  const since = day + 719_470;
  const cycle = Math.floor(since / 1461);
  const inCycle = since - 1461 * cycle;
  const year = Math.floor((inCycle - Math.floor(inCycle / 1460)) / 365);
  return fromMarch(4 * cycle + year, inCycle - 365 * year);
}

function fromMarch(year: number, dayOfYear: number): CalendarDate {
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1;
  return shifted < 10 ? { year, month: shifted + 3, day } : { year: year + 1, month: shifted - 9, day };
}

function modulo(value: number, divisor: number): number {
  return value - divisor * Math.floor(value / divisor);
}
