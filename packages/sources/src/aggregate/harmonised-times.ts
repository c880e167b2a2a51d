import { type DataType, isFixedStringType, isTimeType, type Values } from "@zarr-gateway/dataset";
import type { TimeClock } from "./time-clock.ts";
import type { Turns } from "./turns.ts";

/** Numbers of one file's time variable and what they mean. */
export interface TimedValues {
  readonly values: Values;
  readonly clock: TimeClock;
  /** Stands for missing data: passed on as it is. */
  readonly missing?: number | bigint;
}

/** The same instants, all in the same units. */
export interface HarmonisedTimes {
  readonly values: readonly Values[];
  readonly dtype: DataType;
  /** Set where the first file's units could not hold every instant. */
  readonly units?: string;
}

/** Finer units in which every instant may be a whole number, coarsest first. */
const FINER: readonly (readonly [name: string, nanoseconds: bigint])[] = [
  ["seconds", 1_000_000_000n],
  ["milliseconds", 1_000_000n],
  ["microseconds", 1000n],
  ["nanoseconds", 1n],
];

/** Numbers that time variables are made of. */
export function isNumeric(dtype: DataType): boolean {
  return /^(u?int|float)/.test(dtype) && !isTimeType(dtype) && !isFixedStringType(dtype);
}

/**
 * The instants of a time variable in nanoseconds, as clients decode them: the product with the length of the unit in
 * double precision for floats, and in integers otherwise. undefined for NaN and missing data.
 */
export function instantsOf({ values, clock, missing }: TimedValues): (bigint | undefined)[] {
  const length = Number(clock.unit);
  return Array.from(values as ArrayLike<number | bigint>, (value) => {
    if (value === missing) return undefined;
    if (typeof value === "bigint") return clock.epoch + value * clock.unit;
    if (Number.isInteger(value)) return clock.epoch + BigInt(value) * clock.unit;
    return Number.isFinite(value) ? clock.epoch + BigInt(Math.trunc(value * length)) : undefined;
  });
}

/**
 * All times in the units and type of the first. Where one of them is no number of these units to the last bit, all become
 * whole numbers of a finer unit since the same date.
 * @returns undefined where neither holds every instant
 */
export async function harmoniseTimes(
  parts: readonly TimedValues[],
  dtype: DataType,
  turns: Turns,
): Promise<HarmonisedTimes | undefined> {
  const [first] = parts;
  if (first === undefined) return undefined;
  const inFirst = await eachPart(parts, turns, (part) =>
    isSameClock(part.clock, first.clock) && part.missing === first.missing
      ? castValues(part.values, dtype)
      : expressed(instantsOf(part), missingIn(part, first), { clock: first.clock, dtype }),
  );
  if (inFirst !== undefined) return { values: inFirst, dtype };
  for (const [name, unit] of FINER) {
    const target = { clock: { ...first.clock, unit }, dtype: "int64" } as const;
    const whole = await eachPart(parts, turns, (part) => expressed(instantsOf(part), undefined, target));
    if (whole !== undefined) {
      const { since } = first.clock;
      return { values: whole, dtype: "int64", units: since === undefined ? name : `${name} since ${since}` };
    }
  }
  return undefined;
}

/** undefined as soon as it is for one part. */
async function eachPart(
  parts: readonly TimedValues[],
  turns: Turns,
  convert: (part: TimedValues) => Values | undefined,
): Promise<Values[] | undefined> {
  const results: Values[] = [];
  for (const part of parts) {
    if (turns.isDue) await turns.next();
    const values = convert(part);
    if (values === undefined) return undefined;
    results.push(values);
  }
  return results;
}

export function isSameClock(a: TimeClock, b: TimeClock): boolean {
  return a.unit === b.unit && a.epoch === b.epoch;
}

interface Target {
  readonly clock: TimeClock;
  readonly dtype: DataType;
}

/** What stands for missing data in a file, where it does so in the first too. */
function missingIn(part: TimedValues, first: TimedValues): (at: number) => number | bigint | undefined {
  const values = part.values as ArrayLike<number | bigint>; // times are numbers
  return (at) => {
    const value = values[at];
    return part.missing === first.missing || Number.isNaN(value) ? value : undefined;
  };
}

/** @param original what stands for missing data at a position; absent where missing data cannot be held */
function expressed(
  instants: readonly (bigint | undefined)[],
  original: ((at: number) => number | bigint | undefined) | undefined,
  { clock, dtype }: Target,
): Values | undefined {
  const values = emptyValues(dtype, instants.length);
  if (values === undefined) return undefined;
  const whole: (number | bigint)[] = [];
  for (const [at, instant] of instants.entries()) {
    const value = instant === undefined ? original?.(at) : numberAt(instant, clock, dtype);
    if (value === undefined) return undefined;
    whole.push(value);
  }
  for (const [at, value] of whole.entries()) if (!store(values, at, value)) return undefined;
  return values;
}

function numberAt(instant: bigint, { unit, epoch }: TimeClock, dtype: DataType): number | bigint | undefined {
  const distance = instant - epoch;
  if (distance % unit === 0n) return distance / unit;
  if (!dtype.startsWith("float")) return undefined;
  const number = Number(distance / unit) + Number(distance % unit) / Number(unit);
  return isExactly(number, distance, unit) ? number : undefined;
}

/** True where the number times the unit is the distance to the last bit, so that every decoder gets the same instant. */
function isExactly(number: number, distance: bigint, unit: bigint): boolean {
  let mantissa = number;
  let halvings = 0n;
  while (!Number.isInteger(mantissa)) {
    mantissa *= 2; // exact: only the exponent changes
    halvings += 1n;
  }
  return BigInt(mantissa) * unit === distance << halvings;
}

type NumberArray = Exclude<Values, readonly string[]>;

function emptyValues(dtype: DataType, length: number): NumberArray | undefined {
  switch (dtype) {
    case "int8":
      return new Int8Array(length);
    case "int16":
      return new Int16Array(length);
    case "int32":
      return new Int32Array(length);
    case "int64":
      return new BigInt64Array(length);
    case "uint8":
      return new Uint8Array(length);
    case "uint16":
      return new Uint16Array(length);
    case "uint32":
      return new Uint32Array(length);
    case "uint64":
      return new BigUint64Array(length);
    case "float32":
      return new Float32Array(length);
    case "float64":
      return new Float64Array(length);
    default:
      return undefined;
  }
}

/** False where the array cannot hold the number. */
function store(values: NumberArray, at: number, value: number | bigint): boolean {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) {
    values[at] = BigInt(value);
    return values[at] === BigInt(value);
  }
  values[at] = Number(value);
  return values[at] === Number(value) || Number.isNaN(Number(value));
}

/** The same numbers in another type; undefined where it does not hold them. */
function castValues(values: Values, dtype: DataType): Values | undefined {
  const result = emptyValues(dtype, values.length);
  if (result === undefined || result.constructor === values.constructor) return values;
  for (const [at, value] of Array.from(values as ArrayLike<number | bigint>).entries()) {
    if (!store(result, at, value)) return undefined;
  }
  return result;
}
