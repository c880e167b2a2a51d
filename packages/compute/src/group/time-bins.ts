import { type Calendar, dateOfDay, daysInMonth } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import type { Frequency } from "./frequency.ts";
import { dayOfInstant, instantAt, midnight, type TimeAxis } from "./time-axis.ts";

/** Consecutive bins of time. */
export interface TimeBins {
  /** What each bin is called, nanoseconds since day 0 of the calendar: its beginning, or its end for `ME`, `W`, … */
  readonly labels: readonly bigint[];
  /** The bin of every position. */
  readonly groupOf: Int32Array;
}

export const MAX_BINS = 1_000_000;
const DAY = 86_400_000_000_000n;

/**
 * Bins as `resample` of xarray makes them: of pandas for `datetime64`, of its own for cftime.
 * @throws GatewayError invalid_request where times are missing or not in order, or there would be too many bins
 */
export function timeBins(axis: TimeAxis, frequency: Frequency): TimeBins {
  const instants = instantsInOrder(axis);
  const [first, last] = [instants[0], instants.at(-1)];
  if (first === undefined || last === undefined)
    throw new GatewayError("invalid_request", "there are no times to resample");
  if (!axis.isDatetime64) assertOfCftime(frequency);
  const edges =
    frequency.kind === "fixed"
      ? fixedEdges(first, last, frequency)
      : calendarEdges(axis.calendar, { first, last, frequency });
  const isEnd = frequency.kind === "weeks" || (frequency.kind === "months" && frequency.isEnd);
  if (!isEnd) return assigned(instants, edges, edges.slice(0, -1));
  // what lies in the last day of a month belongs to it; `datetime64` counts nanoseconds, cftime microseconds
  const grown = edges.map((edge) => edge + DAY - (axis.isDatetime64 ? 1n : 1000n));
  const isSurplus = (grown.at(-2) ?? last) > last;
  const kept = isSurplus ? edges.length - 1 : edges.length;
  return assigned(instants, grown.slice(0, kept), edges.slice(1, kept), true);
}

function instantsInOrder(axis: TimeAxis): bigint[] {
  const instants: bigint[] = [];
  for (let at = 0; at < axis.days.length; at += 1) {
    if (Number.isNaN(axis.days[at]))
      throw new GatewayError("invalid_request", `times to resample: the one at position ${at} is missing`);
    const instant = instantAt(axis, at);
    const before = instants.at(-1);
    if (before !== undefined && before > instant) {
      throw new GatewayError(
        "invalid_request",
        `times to resample must rise: position ${at} lies before the one ahead of it`,
      );
    }
    instants.push(instant);
  }
  return instants;
}

/** @see xarray/coding/cftime_offsets.py */
function assertOfCftime(frequency: Frequency): void {
  const isKnown =
    frequency.kind === "months" || (frequency.kind === "fixed" && frequency.nanoseconds % 1000n === 0n);
  if (isKnown) return;
  throw new GatewayError(
    "invalid_request",
    `"${frequency.text}" is for dates of the real world between 1678 and 2262; others know YS, YE, QS, QE, MS, ME, D, h, min, s, ms and us`,
  );
}

/** Counted from midnight of the first day, so that bins of 5 hours begin the same in every file that begins that day. */
function fixedEdges(
  first: bigint,
  last: bigint,
  { nanoseconds: step, text }: Extract<Frequency, { kind: "fixed" }>,
): bigint[] {
  const origin = BigInt(dayOfInstant(first)) * DAY;
  const start = first - ((first - origin) % step);
  const count = (last - start) / step + 1n;
  assertCount(Number(count), text);
  return Array.from({ length: Number(count) + 1 }, (_, at) => start + BigInt(at) * step);
}

interface CalendarSpan {
  readonly first: bigint;
  readonly last: bigint;
  readonly frequency: Exclude<Frequency, { kind: "fixed" }>;
}

function calendarEdges(calendar: Calendar, { first, last, frequency }: CalendarSpan): bigint[] {
  const steps = frequency.kind === "months" ? monthSteps(calendar, frequency) : weekSteps(frequency.weekday);
  const { count } = frequency;
  const isEnd = frequency.kind === "weeks" || frequency.isEnd;
  const [firstDay, lastDay] = [dayOfInstant(first), dayOfInstant(last)];
  const start = isEnd ? ceiling(steps, firstDay) - count : steps.floor(firstDay);
  const end = steps.floor(lastDay) + count;
  assertCount((end - start) / count, frequency.text);
  const edges: bigint[] = [];
  for (let step = start; step <= end; step += count) edges.push(BigInt(steps.dayOf(step)) * DAY);
  return edges;
}

/** Numbered days on which a month, a quarter, a year or a week begins or ends. */
interface Steps {
  dayOf(step: number): number;
  /** The last one that is not after the day. */
  floor(day: number): number;
}

function ceiling(steps: Steps, day: number): number {
  const step = steps.floor(day);
  return steps.dayOf(step) === day ? step : step + 1;
}

function monthSteps(
  calendar: Calendar,
  { months, anchor, isEnd }: Extract<Frequency, { kind: "months" }>,
): Steps {
  const dayOf = (step: number): number => {
    const serial = step * months + anchor;
    const [year, month] = [Math.floor(serial / 12), serial - 12 * Math.floor(serial / 12) + 1];
    const day = isEnd ? daysInMonth(calendar, year, month) : 1;
    return dayOfInstant(midnight(calendar, year, month, day));
  };
  const floor = (day: number): number => {
    const { year, month } = dateOfDay(calendar, day);
    const step = Math.floor((12 * year + month - 1 - anchor) / months);
    return dayOf(step) <= day ? step : step - 1;
  };
  return { dayOf, floor };
}

/** Weeks of real-world calendars: day 0, 1970-01-01, was a Thursday. */
function weekSteps(weekday: number): Steps {
  const dayOf = (step: number): number => 7 * step + weekday - 3;
  return { dayOf, floor: (day) => Math.floor((day + 3 - weekday) / 7) };
}

function assigned(
  instants: readonly bigint[],
  edges: readonly bigint[],
  labels: readonly bigint[],
  isClosedRight = false,
): TimeBins {
  const groupOf = new Int32Array(instants.length);
  let bin = 0;
  for (const [at, instant] of instants.entries()) {
    while (bin < labels.length - 1 && isBeyond(instant, edges[bin + 1], isClosedRight)) bin += 1;
    groupOf[at] = bin;
  }
  return { labels, groupOf };
}

function isBeyond(instant: bigint, edge: bigint | undefined, isClosedRight: boolean): boolean {
  return edge !== undefined && (isClosedRight ? instant > edge : instant >= edge);
}

function assertCount(count: number, text: string): void {
  if (count <= MAX_BINS) return;
  throw new GatewayError(
    "invalid_request",
    `resampling to "${text}" would make ${Math.ceil(count)} times, at most ${MAX_BINS} are possible`,
  );
}
