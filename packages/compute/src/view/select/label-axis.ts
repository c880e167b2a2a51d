import { type Calendar, formatInstant } from "@zarr-gateway/dataset";
import type { CoordinateLabels, InstantLabels } from "../coordinate-labels.ts";
import { lengthOfTime } from "./length-of-time.ts";
import { finestResolution, type Moment, parsePartialDate, RESOLUTIONS } from "./partial-date.ts";

/** What a label means on one coordinate: all values from `first` to `last`; where they are one value, also `isExact`. */
export interface Meaning<Value> {
  readonly first: Value;
  readonly last: Value;
  /** True where it names one value, so that its dimension goes when it stands alone. */
  readonly isExact: boolean;
}

/** A coordinate as labels are looked up in it. */
export interface LabelAxis<Value = unknown> {
  readonly length: number;
  /** What labels of it look like, for messages. */
  readonly expected: string;
  /** undefined: no label of this kind of coordinate. */
  meaning(label: string): Meaning<Value> | undefined;
  valueAt(position: number): Value;
  /** Negative, 0 or positive, as the first comes before, at or after the second; NaN where one is missing. */
  compare(a: Value, b: Value): number;
  /** How far apart two values are; absent where that has no meaning. */
  distance?(a: Value, b: Value): number;
  /** The label at a position, for messages. */
  print(position: number): string;
}

/** @param unit nanoseconds of one unit, of a coordinate that counts a length of time: labels may then be `36h` too */
export function labelAxis(labels: CoordinateLabels, unit?: bigint): LabelAxis {
  switch (labels.kind) {
    case "numbers": {
      const axis = numberAxis(labels.values, labels.dtype === "float32" ? Math.fround : (value) => value);
      return unit === undefined ? axis : withLengths(axis, unit);
    }
    case "integers":
      return unit === undefined ? integerAxis(labels.values) : withLengths(integerAxis(labels.values), unit);
    case "strings":
      return stringAxis(labels.values);
    case "instants":
      return instantAxis(labels);
    default:
      return labels satisfies never;
  }
}

/** Of a millisecond. */
const NANOSECONDS = 1e6;

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,3})?$/i;

function numberAxis(values: Float64Array, rounded: (value: number) => number): LabelAxis<number> {
  return {
    length: values.length,
    expected: "a number",
    meaning(label) {
      const value = NUMBER.test(label) ? rounded(Number(label)) : Number.NaN;
      return Number.isFinite(value) ? { first: value, last: value, isExact: true } : undefined;
    },
    valueAt: (position) => values[position] ?? Number.NaN,
    compare: (a, b) => (a === b ? 0 : a - b),
    distance: (a, b) => Math.abs(a - b),
    print: (position) => String(values[position]),
  };
}

function integerAxis(values: BigInt64Array | BigUint64Array): LabelAxis<number | bigint> {
  return {
    length: values.length,
    expected: "a number",
    meaning(label) {
      if (!NUMBER.test(label)) return undefined;
      const value = /^[+-]?\d{1,19}$/.test(label) ? BigInt(label.replace("+", "")) : Number(label);
      return { first: value, last: value, isExact: true };
    },
    valueAt: (position) => values[position] ?? 0n,
    compare: inOrder,
    distance: (a, b) => Math.abs(Number(a) - Number(b)),
    print: (position) => String(values[position]),
  };
}

/** The same axis, whose labels may be lengths of time besides. */
function withLengths<Value extends number | bigint>(axis: LabelAxis<Value>, unit: bigint): LabelAxis<Value> {
  return {
    ...axis,
    expected: `${axis.expected}, or a length of time such as 36h`,
    meaning(label) {
      const ms = lengthOfTime(label);
      return axis.meaning(ms === undefined ? label : String((ms * NANOSECONDS) / Number(unit)));
    },
  };
}

function stringAxis(values: readonly string[]): LabelAxis<string> {
  return {
    length: values.length,
    expected: "a name",
    meaning: (label) => ({ first: label, last: label, isExact: true }),
    valueAt: (position) => values[position] ?? "",
    compare: inOrder,
    print: (position) => JSON.stringify(values[position]),
  };
}

function inOrder<Value extends string | number | bigint>(a: Value, b: Value): number {
  if (a < b) return -1;
  return a > b ? 1 : 0;
}

function isReadAsNumpy(calendar: Calendar, days: Float64Array): boolean {
  if (calendar !== "standard" && calendar !== "proleptic_gregorian") return false;
  for (const day of days) if (Math.abs(day) > NUMPY_DAYS) return false;
  return true;
}

const DAY_NANOSECONDS = 86_400_000_000_000;
/** What numpy's datetime64[ns] has room for, in days from 1970: xarray reads other times as cftime. */
const NUMPY_DAYS = 106_751;

function instantAxis({ calendar, days, nanoseconds }: InstantLabels): LabelAxis<Moment> {
  const isNumpy = isReadAsNumpy(calendar, days);
  let finest: number | undefined;
  return {
    length: days.length,
    expected: `a date of the calendar ${calendar}, such as 2013-01 or 2013-01-01T06:00`,
    meaning(label) {
      const date = parsePartialDate(label, calendar);
      return (
        date && {
          first: date.first,
          last: date.last,
          // pandas takes a date as fine as the index for one label, cftime's index every date for a range
          get isExact() {
            finest ??= RESOLUTIONS.indexOf(finestResolution(nanoseconds));
            return isNumpy && RESOLUTIONS.indexOf(date.resolution) >= finest;
          },
        }
      );
    },
    valueAt: (position) => ({
      day: days[position] ?? Number.NaN,
      nanoseconds: nanoseconds[position] ?? Number.NaN,
    }),
    compare: (a, b) => a.day - b.day || a.nanoseconds - b.nanoseconds,
    distance: (a, b) => Math.abs((a.day - b.day) * DAY_NANOSECONDS + a.nanoseconds - b.nanoseconds),
    print: (position) =>
      formatInstant(calendar, { day: days[position] ?? 0, nanoseconds: nanoseconds[position] ?? 0 }),
  };
}
