import { type Calendar, dateOfDay } from "../cf/calendar.ts";
import { between, decodeInstant, type Instant, type TimeCoding } from "../cf/time-coding.ts";

/** The difference between neighbours where it is the same all along; undefined where it is not. */
export function regularStep(values: Float64Array): number | undefined {
  if (values.length < 2) return undefined;
  const step = ((values.at(-1) ?? 0) - (values[0] ?? 0)) / (values.length - 1);
  if (!Number.isFinite(step) || step === 0) return undefined;
  const tolerance = Math.max(Math.abs(step) * 1e-3, 1e-9);
  for (let position = 1; position < values.length; position += 1) {
    const difference = (values[position] ?? 0) - (values[position - 1] ?? 0);
    if (!(Math.abs(difference - step) <= tolerance)) return undefined;
  }
  return Math.round(step * 1e9) / 1e9;
}

/** ISO 8601 duration between neighbouring times where it is one: `PT6H`, `P1D`, `P1M` for a value a month. */
export function regularTimeStep(values: Float64Array, coding: TimeCoding): string | undefined {
  if (values.length < 2) return undefined;
  const instants: Instant[] = [];
  for (const value of values) {
    const instant = decodeInstant(coding, value);
    if (instant === undefined) return undefined;
    instants.push(instant);
  }
  return calendarStep(instants, coding.calendar) ?? uniformStep(instants);
}

function uniformStep(instants: readonly Instant[]): string | undefined {
  const [first, second] = instants;
  if (!first || !second) return undefined;
  const step = between(first, second);
  // half a second of noise: times in fractions of days
  const isUniform = instants.every((instant, position) => {
    const previous = instants[position - 1];
    return previous === undefined || magnitude(between(previous, instant) - step) < 500_000_000n;
  });
  return isUniform && step > 0n ? formatDuration(step) : undefined;
}

/** One value in each month, or in each n-th: mid-month times lie 28 to 31 days apart. */
function calendarStep(instants: readonly Instant[], calendar: Calendar): string | undefined {
  const months = instants.map(({ day }) => {
    const date = dateOfDay(calendar, day);
    return 12 * date.year + date.month;
  });
  const step = (months[1] ?? 0) - (months[0] ?? 0);
  if (step < 1) return undefined;
  const isUniform = months.every(
    (month, position) => position === 0 || month - (months[position - 1] ?? 0) === step,
  );
  // two values a month apart may be anything; many are a rule
  if (!isUniform || (months.length < 3 && step < 12)) return undefined;
  return step % 12 === 0 ? `P${step / 12}Y` : `P${step}M`;
}

/** `P1DT12H` of nanoseconds; fractions of a second are kept to the millisecond. */
export function formatDuration(nanoseconds: bigint): string {
  const milliseconds = (nanoseconds + 500_000n) / 1_000_000n;
  const days = milliseconds / 86_400_000n;
  const hours = (milliseconds / 3_600_000n) % 24n;
  const minutes = (milliseconds / 60_000n) % 60n;
  const seconds = Number(milliseconds % 60_000n) / 1000;
  const time = `${hours > 0n ? `${hours}H` : ""}${minutes > 0n ? `${minutes}M` : ""}${seconds > 0 ? `${seconds}S` : ""}`;
  const date = days > 0n ? `${days}D` : "";
  if (date === "" && time === "") return "PT0S";
  return `P${date}${time === "" ? "" : `T${time}`}`;
}

function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value;
}
