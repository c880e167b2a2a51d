import {
  coordinateKind,
  isStringValues,
  isTimeType,
  parseTimeUnits,
  type TimeCoding,
  timeCodingOf,
  type Values,
  type Variable,
} from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import { isDrawnType } from "../drawable.ts";
import { decodeNumbers, packingOf } from "./packing.ts";
import { readBlock } from "./read-block.ts";
import { coordinateOf, type Scope, textOf } from "./scope.ts";

/** A dimension with its coordinate. */
export interface Axis {
  readonly dim: string;
  /** Numbers, texts, or positions where the dimension has no coordinate. */
  readonly values: Float64Array | readonly string[];
  readonly kind: "number" | "time" | "text" | "position";
  readonly label: string;
  readonly unit?: string;
  readonly coding?: TimeCoding;
  readonly isDownward: boolean;
}

/** Longer coordinates are not read: 32 MB. */
const MAX_VALUES = 4_000_000;
/** Of one dataset, the axes that were read. */
type Known = Map<Variable, Promise<Float64Array | readonly string[]>>;
const known = new WeakMap<object, Known>();
/** Shorter ones are kept as long as their dataset is open. */
const MAX_KEPT_VALUES = 200_000;

/** Labels of a dimension. Short coordinates are read once for each open dataset. */
export async function readAxis(
  dim: string,
  size: number,
  scope: Scope,
  options: CallOptions & { readonly dataset: object },
): Promise<Axis> {
  const variable = coordinateOf(dim, scope)?.variable;
  if (variable === undefined || variable.source.grid.shape[0] !== size) return positions(dim, size);
  if (size > MAX_VALUES)
    throw new GatewayError(
      "too_large",
      `the coordinate "${dim}" has ${size} values, more than ${MAX_VALUES}`,
    );
  const values = await valuesOf(variable, size, options);
  const coding = timeCoding(variable);
  const unit = textOf(variable, "units");
  const isText = isTexts(values);
  return {
    dim,
    values,
    kind: coding ? "time" : isText ? "text" : "number",
    label: textOf(variable, "long_name") ?? textOf(variable, "standard_name")?.replaceAll("_", " ") ?? dim,
    ...(unit !== undefined && unit !== "1" && !coding && { unit }),
    ...(coding && { coding }),
    isDownward: isDownward(variable),
  };
}

export function isTexts(values: Axis["values"]): values is readonly string[] {
  return Array.isArray(values);
}

function positions(dim: string, size: number): Axis {
  if (size > MAX_VALUES)
    throw new GatewayError("too_large", `the dimension "${dim}" has ${size} values, more than ${MAX_VALUES}`);
  const values = Float64Array.from({ length: size }, (_, at) => at);
  return { dim, values, kind: "position", label: dim, isDownward: false };
}

function valuesOf(
  variable: Variable,
  size: number,
  { dataset, ...options }: CallOptions & { readonly dataset: object },
): Promise<Float64Array | readonly string[]> {
  const kept: Known = known.get(dataset) ?? new Map<never, never>();
  known.set(dataset, kept);
  const reading = kept.get(variable);
  if (reading) return reading;
  const isKept = size <= MAX_KEPT_VALUES;
  // what others may wait for is not cancelled with the first of them
  const started = readValues(variable, size, isKept ? {} : options);
  if (isKept) {
    kept.set(variable, started);
    started.catch(() => kept.delete(variable));
  }
  return started;
}

async function readValues(
  variable: Variable,
  size: number,
  options: CallOptions,
): Promise<Float64Array | readonly string[]> {
  const { source } = variable;
  const stored = await readBlock(source, [{ start: 0, step: 1, count: size }], options);
  if (isStringValues(stored)) return stored;
  const isFixed = /^([SU])(\d+)$/.exec(source.dtype);
  if (isFixed) return fixedTexts(stored, isFixed[1] === "U", size);
  if (isTimeType(source.dtype)) {
    const factor = Number(/\[(\d+)/.exec(source.dtype)?.[1] ?? 1);
    return Float64Array.from(stored as BigInt64Array, (value) =>
      value === NOT_A_TIME ? Number.NaN : Number(value) * factor,
    ); // times are int64
  }
  if (!isDrawnType(source.dtype)) return Float64Array.from({ length: size }, (_, at) => at);
  return Float64Array.from(decodeNumbers(stored, packingOf(variable)));
}

const NOT_A_TIME = -(2n ** 63n);

function fixedTexts(stored: Exclude<Values, readonly string[]>, isWide: boolean, size: number): string[] {
  const bytes = Buffer.from(stored.buffer, stored.byteOffset, stored.byteLength);
  const length = size === 0 ? 0 : bytes.length / size;
  return Array.from({ length: size }, (_, at) => {
    const one = bytes.subarray(at * length, (at + 1) * length);
    if (!isWide) return one.toString("utf8").replace(/\0+$/, "");
    const points = Array.from({ length: length / 4 }, (_unused, point) => one.readUInt32LE(4 * point));
    return String.fromCodePoint(...points.filter((point) => point > 0 && point < 0x110000));
  });
}

const TIME_UNITS: Readonly<Record<string, string>> = { m: "min", D: "d", W: "week" };

/** How numbers are times, also of the type datetime64. */
function timeCoding(variable: Variable): TimeCoding | undefined {
  const unit = /^datetime64\[\d*(\w+)\]$/.exec(variable.source.dtype)?.[1];
  if (unit === undefined)
    return coordinateKind(variable) === "time" ? timeCodingOf(variable.attrs) : undefined;
  return parseTimeUnits(`${TIME_UNITS[unit] ?? unit} since 1970-01-01`, "proleptic_gregorian");
}

function isDownward(variable: Variable): boolean {
  const positive = textOf(variable, "positive")?.toLowerCase();
  if (positive !== undefined) return positive === "down";
  return /^(pa|hpa|mbar|millibars?|mb|kpa|bar|dbar|decibar)$/i.test(textOf(variable, "units") ?? "");
}
