import {
  between,
  dateOfDay,
  dayNumber,
  daysInMonth,
  decodeInstant,
  type Instant,
  type TimeCoding,
} from "@zarr-gateway/dataset";

export interface TimeTick {
  readonly value: number;
  readonly label: string;
}

const HOUR = 3_600_000_000_000;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

type Unit = "year" | "month" | "day" | "hour" | "minute";
const STEPS: readonly (readonly [unit: Unit, count: number, days: number])[] = [
  ["minute", 1, 1 / 1440],
  ["minute", 5, 5 / 1440],
  ["minute", 15, 15 / 1440],
  ["minute", 30, 30 / 1440],
  ["hour", 1, 1 / 24],
  ["hour", 3, 3 / 24],
  ["hour", 6, 6 / 24],
  ["hour", 12, 12 / 24],
  ["day", 1, 1],
  ["day", 2, 2],
  ["day", 5, 5],
  ["day", 10, 10],
  ["month", 1, 30.4],
  ["month", 2, 61],
  ["month", 3, 91],
  ["month", 6, 182],
  ["year", 1, 365],
  ["year", 2, 730],
  ["year", 5, 1826],
  ["year", 10, 3652],
  ["year", 20, 7305],
  ["year", 50, 18262],
  ["year", 100, 36525],
  ["year", 500, 182_625],
];

/** Round points in time between two numbers of a time coordinate, at most about `count`, in the words of its calendar. */
export function timeTicks(low: number, high: number, count: number, coding: TimeCoding): TimeTick[] {
  const [start, end] = [
    decodeInstant(coding, Math.min(low, high)),
    decodeInstant(coding, Math.max(low, high)),
  ];
  if (!start || !end) return [];
  const days = end.day - start.day + (end.nanoseconds - start.nanoseconds) / (24 * HOUR);
  const [unit, step] = STEPS.find(([, , length]) => days / length <= count) ?? ["year", 1000];
  const ticks: TimeTick[] = [];
  for (const instant of instants(start, { unit, step }, coding)) {
    if (ticks.length > 3 * count || instant.day > end.day + 400) break;
    const value = Number(between(coding.reference, instant)) / Number(coding.unitNanoseconds);
    if (value > Math.max(low, high) + 1e-9) break;
    if (value >= Math.min(low, high) - 1e-9) ticks.push({ value, label: labelOf(instant, unit, coding) });
  }
  return ticks;
}

interface Step {
  readonly unit: Unit;
  readonly step: number;
}

function* instants(start: Instant, { unit, step }: Step, { calendar }: TimeCoding): Generator<Instant> {
  const date = dateOfDay(calendar, start.day);
  const at = (year: number, month = 1, day = 1): Instant => ({
    day: dayNumber(calendar, { year, month, day }),
    nanoseconds: 0,
  });
  if (unit === "year") {
    for (let year = Math.floor(date.year / step) * step; ; year += step) yield at(year);
  }
  if (unit === "month") {
    for (let month = Math.floor((date.month - 1) / step) * step; ; month += step) {
      yield at(date.year + Math.floor(month / 12), (month % 12) + 1);
    }
  }
  if (unit === "day") {
    for (let { year, month } = date; ; month += 1) {
      if (month > 12) [year, month] = [year + 1, 1];
      const length = daysInMonth(calendar, year, month);
      // the last of a month would stand too near to the next first
      for (let day = 1; day <= length - Math.floor(step / 2); day += step) yield at(year, month, day);
    }
  }
  const length = step * (unit === "hour" ? HOUR : HOUR / 60);
  for (let { day } = start; ; day += 1) {
    for (let nanoseconds = 0; nanoseconds < 24 * HOUR; nanoseconds += length) yield { day, nanoseconds };
  }
}

function labelOf({ day, nanoseconds }: Instant, unit: Unit, { calendar }: TimeCoding): string {
  const date = dateOfDay(calendar, day);
  const month = MONTHS[date.month - 1] ?? "";
  if (unit === "year") return String(date.year);
  if (unit === "month") return date.month === 1 ? `${month} ${date.year}` : month;
  if (unit === "day") return `${date.day} ${month}`;
  const minutes = Math.round(nanoseconds / (HOUR / 60));
  if (minutes === 0) return `${date.day} ${month}`;
  return `${String(Math.floor(minutes / 60)).padStart(2, "0")}:${String(minutes % 60).padStart(2, "0")}`;
}
