import type { Attributes, Dataset, Variable } from "@zarr-gateway/dataset";
import { decodedVariable, withInheritedUnits } from "../decoded/decoded-variable.ts";
import { isTimeVariable } from "../decoded/time-variable.ts";
import type { ViewContext } from "../view/view-operation.ts";
import { combinedAttributes, floatAttributes } from "./combined-attributes.ts";
import { elementwise } from "./elementwise.ts";
import { isNumberType, type NumberType } from "./number-types.ts";
import type { Syntax } from "./syntax.ts";
import { typedExpression } from "./typed-expression.ts";

export type Arithmetic = "add" | "subtract" | "multiply" | "divide";

/** A variable, and the dataset whose other variables say what it is bounds of. */
export interface Placed {
  readonly variable: Variable;
  readonly dataset: Dataset;
}

const LEFT: Syntax = { kind: "name", name: "left", at: 0 };
const RIGHT: Syntax = { kind: "name", name: "right", at: 0 };
/** Lengths of time that xarray reads, by the words that CF has for them. */
const LENGTHS: Readonly<Record<string, string>> = {
  d: "days",
  day: "days",
  days: "days",
  h: "hours",
  hr: "hours",
  hrs: "hours",
  hour: "hours",
  hours: "hours",
  min: "minutes",
  mins: "minutes",
  minute: "minutes",
  minutes: "minutes",
  s: "seconds",
  sec: "seconds",
  secs: "seconds",
  second: "seconds",
  seconds: "seconds",
};

/** Two variables, element by element, along the dimensions of both; undefined where numbers cannot do that. */
export function pairedVariable(
  [first, second]: readonly [Placed, Placed],
  operator: Arithmetic,
  { pool, cache, key }: ViewContext,
): Variable | undefined {
  const placed = [first, second].map(({ variable, dataset }) => withInheritedUnits(variable, dataset));
  const decoded = placed.map((variable) => decodedVariable(variable, { pool }));
  const types = decoded.map(({ source }) => (source.storedOnly === undefined ? source.dtype : "string"));
  const [left, right] = types.map((dtype) => (isNumberType(dtype) ? dtype : undefined));
  const attrs = attributesOf(decoded, operator);
  if (left === undefined || right === undefined || attrs === undefined) return undefined;
  if (operator === "subtract" && left === "bool" && right === "bool") return undefined;
  const kept = cache && { cache, key: `${key} ${operator} ${first.variable.name}` };
  const expression = typedExpression(
    { kind: "call", at: 0, name: operator, inputs: [LEFT, RIGHT] },
    (name) => ({
      kind: "operand",
      index: name === "left" ? 0 : 1,
      type: name === "left" ? left : (right satisfies NumberType),
    }),
  );
  const { dims, source } = elementwise({ expression, operands: decoded, pool, kept });
  return { name: first.variable.name, dims, attrs: floatAttributes(attrs, source.dtype), source };
}

/** The difference of two points in time is a length; anything else that is done to them means nothing. */
function attributesOf(pair: readonly Variable[], operator: Arithmetic): Attributes | undefined {
  const areTimes = pair.map((variable) => isTimeVariable(variable));
  if (!areTimes.includes(true)) return combinedAttributes(pair.map(({ attrs }) => attrs));
  if (areTimes.includes(false) || operator !== "subtract") return undefined;
  const codings = pair.map(
    ({ attrs }) => `${String(attrs["units"])} ${String(attrs["calendar"] ?? "standard")}`,
  );
  if (codings[0] !== codings[1]) return undefined;
  const word = /^\s*([a-z]+)\s+since/i.exec(codings[0] ?? "")?.[1]?.toLowerCase() ?? "";
  const units = Object.hasOwn(LENGTHS, word) ? LENGTHS[word] : undefined;
  if (units === undefined) return undefined;
  const { units: _units, calendar: _calendar, ...rest } = combinedAttributes(pair.map(({ attrs }) => attrs));
  return { ...rest, units, dtype: "timedelta64[ns]" };
}

/** Differences of times are no bounds of a time, but readers would decode them as such. */
export function withoutTimeBounds(coordinate: Variable): Variable {
  if (coordinate.attrs["bounds"] === undefined || !isTimeVariable(coordinate)) return coordinate;
  const { bounds: _bounds, ...attrs } = coordinate.attrs;
  return { ...coordinate, attrs };
}
