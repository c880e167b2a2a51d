import {
  type Attributes,
  type AttributeValue,
  isTimeType,
  parseTimeUnits,
  type TimeCoding,
  type Variable,
} from "@zarr-gateway/dataset";
import { constantSource } from "../constant-source.ts";
import { instantCoding } from "../view/coordinate-labels.ts";

const DAY = 86_400_000_000_000n;
const UNITS = ["days", "hours", "minutes", "seconds", "milliseconds", "microseconds", "nanoseconds"];
const LONGEST = 2n ** 63n - 1n;

/**
 * A time coordinate with other times: whole numbers of the coordinate's own units, or of finer ones since the same moment,
 * so that clients decode exactly these times.
 * @param instants nanoseconds since day 0 of the calendar
 * @param bounds the attribute of that name afterwards
 */
export function timeLabels(
  variable: Variable,
  instants: readonly bigint[],
  bounds: AttributeValue | undefined,
): Variable {
  const { name, attrs, dims } = variable;
  const { units, numbers } = encoded(variable, instants);
  const coding = new Set([
    "_FillValue",
    "missing_value",
    "scale_factor",
    "add_offset",
    "bounds",
    "coordinates",
  ]);
  const kept: Attributes = Object.fromEntries(Object.entries(attrs).filter(([key]) => !coding.has(key)));
  const calendar = isTimeType(variable.source.dtype) ? { calendar: "proleptic_gregorian" } : {};
  const values = BigInt64Array.from(numbers);
  return {
    name,
    dims,
    attrs: { ...kept, ...(bounds !== undefined && { bounds }), ...calendar, units },
    source: constantSource({ dtype: "int64", fill: null, shape: [values.length], values }),
  };
}

function encoded(
  variable: Variable,
  instants: readonly bigint[],
): { readonly units: string; readonly numbers: readonly bigint[] } {
  const own = isTimeType(variable.source.dtype) ? "days since 1970-01-01" : String(variable.attrs["units"]);
  const { calendar = "standard" } = instantCoding(variable) ?? {};
  const moment = own.slice(own.search(/\ssince\s/i));
  for (const units of [own, ...UNITS.map((unit) => `${unit}${moment}`)]) {
    const coding = parseTimeUnits(units, calendar);
    const numbers = coding && wholeNumbers(coding, instants);
    if (numbers !== undefined) return { units, numbers };
  }
  throw new RangeError(`no units reach the labels of "${variable.name}"`);
}

/** undefined where one of them would have a fraction. */
function wholeNumbers(
  { reference, unitNanoseconds }: TimeCoding,
  instants: readonly bigint[],
): bigint[] | undefined {
  const start = BigInt(reference.day) * DAY + BigInt(reference.nanoseconds);
  const numbers: bigint[] = [];
  for (const instant of instants) {
    const since = instant - start;
    const number = since / unitNanoseconds;
    if (since % unitNanoseconds !== 0n || number > LONGEST || number < -LONGEST) return undefined;
    numbers.push(number);
  }
  return numbers;
}
