import {
  type BinaryValues,
  type Calendar,
  type DataType,
  decodeInstant,
  type Instant,
  isFixedStringType,
  isStringValues,
  parseTimeUnits,
  type TimeCoding,
  timeCodingOf,
  type Values,
  type Variable,
  wholeValues,
} from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import { decodedVariable } from "../decoded/decoded-variable.ts";

/** What the positions along a dimension are called, as a client sees them. */
export type CoordinateLabels = NumberLabels | IntegerLabels | InstantLabels | StringLabels;

export interface NumberLabels {
  readonly kind: "numbers";
  /** What the values are decoded to: labels of a float32 coordinate are rounded to that before they are compared. */
  readonly dtype: DataType;
  /** NaN where missing. */
  readonly values: Float64Array;
}

/** 64-bit integers, exact. */
export interface IntegerLabels {
  readonly kind: "integers";
  readonly values: BigInt64Array | BigUint64Array;
}

/** Points in time as `Instant` has them, side by side; NaN where missing. */
export interface InstantLabels {
  readonly kind: "instants";
  readonly calendar: Calendar;
  readonly days: Float64Array;
  readonly nanoseconds: Float64Array;
}

export interface StringLabels {
  readonly kind: "strings";
  readonly values: readonly string[];
}

const EPOCH = "1970-01-01";
const NOT_A_TIME = -(2n ** 63n);

/**
 * The decoded labels of a coordinate with one dimension or none.
 * @throws GatewayError invalid_request for one that has several dimensions or no labels, such as complex numbers
 */
export async function coordinateLabels(
  variable: Variable,
  options: CallOptions = {},
): Promise<CoordinateLabels> {
  const { name, dims, source } = variable;
  if (dims.length > 1) {
    throw new GatewayError(
      "invalid_request",
      `"${name}" has ${dims.length} dimensions (${dims.join(", ")}): positions along one of them have no label`,
    );
  }
  const { dtype } = source;
  if (dtype === "complex64" || dtype === "complex128") {
    throw new GatewayError("invalid_request", `"${name}" holds complex numbers, which are no labels`);
  }
  const decoded = decodedVariable(variable);
  const values = await wholeValues(decoded.source, options);
  const coding = instantCoding(variable);
  if (coding !== undefined) return instantLabels(values, coding);
  if (isStringValues(values)) return { kind: "strings", values };
  if (isFixedStringType(dtype)) return { kind: "strings", values: fixedTexts(values, dtype) };
  if (values instanceof BigInt64Array || values instanceof BigUint64Array)
    return { kind: "integers", values };
  return { kind: "numbers", dtype: decoded.source.dtype, values: Float64Array.from(values) };
}

/** How the numbers of a variable are points in time; undefined where they are none. */
export function instantCoding({ attrs, source }: Variable): TimeCoding | undefined {
  const [, count = "", unit = ""] = /^datetime64\[(\d*)(\w+)\]$/.exec(source.dtype) ?? [];
  if (unit === "") return /^(u?int|float)\d+$/.test(source.dtype) ? timeCodingOf(attrs) : undefined;
  const single = parseTimeUnits(`${unit === "m" ? "min" : unit} since ${EPOCH}`, "proleptic_gregorian");
  return single && { ...single, unitNanoseconds: single.unitNanoseconds * BigInt(count || "1") };
}

const DAY_NANOSECONDS = 86_400_000_000_000;

/** The points in time that decoded numbers are: as `decodeInstant`, with neither bigint nor object for each of a million hours. */
export function instantLabels(values: Values, coding: TimeCoding): InstantLabels {
  const days = new Float64Array(values.length);
  const nanoseconds = new Float64Array(values.length);
  const unit = Number(coding.unitNanoseconds);
  const { day, nanoseconds: before } = coding.reference;
  const perDay = DAY_NANOSECONDS / unit;
  const isQuick = Number.isInteger(perDay) && !isStringValues(values);
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at];
    const number = isQuick ? Number(value) : Number.NaN;
    const whole = Math.trunc(number);
    if (Number.isSafeInteger(whole)) {
      const wholeDays = Math.floor(whole / perDay);
      const time = (whole - wholeDays * perDay) * unit + Math.round((number - whole) * unit) + before;
      const more = Math.floor(time / DAY_NANOSECONDS);
      days[at] = day + wholeDays + more;
      nanoseconds[at] = time - more * DAY_NANOSECONDS;
    } else {
      const instant = slowInstant(value, coding);
      days[at] = instant?.day ?? Number.NaN;
      nanoseconds[at] = instant?.nanoseconds ?? Number.NaN;
    }
  }
  return { kind: "instants", calendar: coding.calendar, days, nanoseconds };
}

/** undefined for what is no time. */
function slowInstant(value: Values[number] | undefined, coding: TimeCoding): Instant | undefined {
  if (value === undefined || typeof value === "string" || value === NOT_A_TIME) return undefined;
  return decodeInstant(coding, value);
}

/** `S8` is eight bytes, read as UTF-8, `U8` eight UTF-32 code points; both padded with zeros. */
function fixedTexts(values: BinaryValues, dtype: DataType): string[] {
  const isWide = dtype.startsWith("U");
  const bytes = Number(dtype.slice(1)) * (isWide ? 4 : 1);
  const decoder = new TextDecoder();
  const texts: string[] = [];
  for (let start = 0; bytes > 0 && start < values.length; start += bytes) {
    const element = new Uint8Array(values.buffer, values.byteOffset + start, bytes);
    texts.push(isWide ? wideText(element) : decoder.decode(element).replace(/\0+$/, ""));
  }
  return texts;
}

function wideText(element: Uint8Array): string {
  const view = new DataView(element.buffer, element.byteOffset, element.byteLength);
  let text = "";
  for (let at = 0; at + 4 <= element.byteLength; at += 4) {
    const point = view.getUint32(at, true);
    if (point > 0 && point <= 0x10ffff) text += String.fromCodePoint(point);
  }
  return text;
}
