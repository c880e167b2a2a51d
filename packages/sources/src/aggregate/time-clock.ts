/** Units of time that have a fixed length, in nanoseconds. @see UDUNITS-2, CF conventions 4.4 */
const UNIT_NANOSECONDS: readonly (readonly [names: string, nanoseconds: bigint])[] = [
  ["days day d", 86_400_000_000_000n],
  ["hours hour hrs hr h", 3_600_000_000_000n],
  ["minutes minute mins min", 60_000_000_000n],
  ["seconds second secs sec s", 1_000_000_000n],
  ["milliseconds millisecond msecs msec millisecs millisec ms", 1_000_000n],
  ["microseconds microsecond microsecs microsec us", 1000n],
  ["nanoseconds nanosecond nanosecs nanosec ns", 1n],
];
const DAY = 86_400_000_000_000n;
const UNITS = new Map(
  UNIT_NANOSECONDS.flatMap(([names, length]) => names.split(" ").map((name) => [name, length])),
);

const REFERENCE =
  /^\s*([A-Za-z]+)\s+since\s+([+-]?\d{1,9})-(\d{1,2})(?:-(\d{1,2}))?(?:(?:T|\s+)(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d{0,9})\d*)?)?)?)?\s*(Z|UTC|GMT|[+-]\d{1,2}(?::?\d{2})?)?\s*$/i;

/** What the numbers of a time variable mean. */
export interface TimeClock {
  /** Length of 1, in nanoseconds. */
  readonly unit: bigint;
  /** Instant of 0, in nanoseconds of the calendar's own count of days. */
  readonly epoch: bigint;
  /** The date as it is written after `since`; absent where lengths of time are counted. */
  readonly since?: string;
}

/** True for `days since 1850-01-01` and the like. */
export function isTimeUnits(units: unknown): units is string {
  return typeof units === "string" && /\ssince\s/i.test(units);
}

/** The calendar's one name; `standard` where none is given. @see CF conventions 4.4.1 */
export function calendarName(calendar: unknown): string {
  const name = typeof calendar === "string" && calendar !== "" ? calendar.toLowerCase() : "standard";
  const others: Readonly<Record<string, string>> = {
    gregorian: "standard",
    noleap: "365_day",
    all_leap: "366_day",
  };
  return others[name] ?? name;
}

/** undefined: units of no fixed length (months, years), a date that does not exist, or an unknown calendar. */
export function parseTimeClock(units: string, calendar: string): TimeClock | undefined {
  const match = REFERENCE.exec(units);
  if (!match) return undefined;
  const [
    ,
    name = "",
    year,
    month,
    day = "1",
    hour = "0",
    minute = "0",
    second = "0",
    fraction = "",
    zone = "",
  ] = match;
  const unit = UNITS.get(name.toLowerCase());
  const days = dayNumber({ year: Number(year), month: Number(month), day: Number(day) }, calendar);
  if (unit === undefined || days === undefined) return undefined;
  const seconds = BigInt(hour) * 3600n + BigInt(minute) * 60n + BigInt(second) - zoneSeconds(zone);
  const epoch = BigInt(days) * DAY + seconds * 1_000_000_000n + BigInt(fraction.padEnd(9, "0") || "0");
  return { unit, epoch, since: units.replace(/^.*?\ssince\s+/i, "").trim() };
}

/** Units of lengths of time, in the words that xarray takes for them. */
const LENGTH_UNITS = /^(days|hours|minutes|seconds|milliseconds|microseconds|nanoseconds)$/;

/** undefined for what are no units of time. */
export function parseTimeLength(units: string): TimeClock | undefined {
  const unit = LENGTH_UNITS.test(units) ? UNITS.get(units) : undefined;
  return unit === undefined ? undefined : { unit, epoch: 0n };
}

function zoneSeconds(zone: string): bigint {
  const match = /^([+-])(\d{1,2}):?(\d{2})?$/.exec(zone);
  if (!match) return 0n;
  const seconds = BigInt(match[2] ?? 0) * 3600n + BigInt(match[3] ?? 0) * 60n;
  return match[1] === "-" ? -seconds : seconds;
}

interface CalendarDate {
  readonly year: number;
  readonly month: number;
  readonly day: number;
}

const MONTH_DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Days since some fixed day of the calendar; undefined for a date that it does not have. */
function dayNumber(date: CalendarDate, calendar: string): number | undefined {
  const { year, month, day } = date;
  if (month < 1 || month > 12 || day < 1) return undefined;
  switch (calendar) {
    case "360_day":
      return day > 30 ? undefined : year * 360 + (month - 1) * 30 + day - 1;
    case "365_day":
      return fixedYear(date, false);
    case "366_day":
      return fixedYear(date, true);
    case "julian":
      return day > monthDays(date, year % 4 === 0) ? undefined : julianDay(date, false);
    case "proleptic_gregorian":
      return day > monthDays(date, isGregorianLeap(year)) ? undefined : julianDay(date, true);
    case "standard": {
      const isGregorian = year * 10_000 + month * 100 + day >= 15_821_015;
      return dayNumber(date, isGregorian ? "proleptic_gregorian" : "julian");
    }
    default:
      return undefined;
  }
}

function fixedYear(date: CalendarDate, isLeap: boolean): number | undefined {
  if (date.day > monthDays(date, isLeap)) return undefined;
  const before = MONTH_DAYS.slice(0, date.month - 1).reduce((sum, days) => sum + days, 0);
  const leapDay = isLeap && date.month > 2 ? 1 : 0;
  return date.year * (isLeap ? 366 : 365) + before + leapDay + date.day - 1;
}

function monthDays({ month }: CalendarDate, isLeap: boolean): number {
  return (MONTH_DAYS[month - 1] ?? 0) + (month === 2 && isLeap ? 1 : 0);
}

function isGregorianLeap(year: number): boolean {
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
}

/** Julian day number of noon, by the rule with years that begin in March. */
function julianDay({ year, month, day }: CalendarDate, isGregorian: boolean): number {
  const shift = Math.floor((14 - month) / 12);
  const y = year + 4800 - shift;
  const days = day + Math.floor((153 * (month + 12 * shift - 3) + 2) / 5) + 365 * y + Math.floor(y / 4);
  return isGregorian ? days - Math.floor(y / 100) + Math.floor(y / 400) - 32_045 : days - 32_083;
}
