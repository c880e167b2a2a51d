import { allocateValues, type Values } from "@zarr-gateway/dataset";
import { toNumbers } from "../decoded/number-values.ts";
import { isLiteral, type NumberType, type ValueType } from "./number-types.ts";
import { bigFunction, numberFunction } from "./operations.ts";
import type { FunctionName } from "./syntax.ts";
import type { TypedExpression } from "./typed-expression.ts";

/** Elements side by side, or one that stands for all. */
export type Elements = Exclude<Values, readonly string[]>;

interface Part {
  readonly values: Elements;
  readonly type: NumberType;
}

/**
 * Works a formula out, one operation after the other over all elements, every step rounded to its type as numpy does.
 * @param operands values of the same count each
 */
export function evaluate(
  expression: TypedExpression,
  operands: readonly Elements[],
  count: number,
): Elements {
  const { values } = partOf(expression, { operands, count });
  if (values.length === count) return values;
  const repeated = allocated(values, count);
  fill(repeated, values[0] ?? 0);
  return repeated;
}

interface Input {
  readonly operands: readonly Elements[];
  readonly count: number;
}

function partOf(expression: TypedExpression, input: Input): Part {
  if (expression.kind === "operand")
    return { values: input.operands[expression.index] ?? new Float64Array(), type: expression.type };
  if (expression.kind === "literal") return { values: Float64Array.of(expression.value), type: "float64" };
  const { name, inputs, type, meets } = expression;
  const parts = inputs.map((one) => partOf(one, input));
  const [condition, ...others] = parts;
  if (name === "where" && condition !== undefined) {
    const [yes, no] = others.map((part) => brought(part, meets));
    if (yes === undefined || no === undefined) throw new TypeError("where needs three values");
    return { values: chosen(condition.values, yes, no), type: stored(type) };
  }
  const values = applied(
    name,
    parts.map((part) => brought(part, meets)),
    { type: stored(type), meets: stored(meets) },
  );
  return { values, type: stored(type) };
}

/** Literals among themselves are float64 here: their results are exact far beyond what a formula has. */
function stored(type: ValueType): NumberType {
  return isLiteral(type) ? "float64" : type;
}

function brought({ values, type }: Part, to: ValueType): Elements {
  const wanted = stored(to);
  if (type === wanted) return values;
  const result = allocateValues(wanted, values.length) as Elements; // a number type is never text
  if (result instanceof BigInt64Array || result instanceof BigUint64Array) {
    for (let at = 0; at < values.length; at += 1) result[at] = toBig(values[at] ?? 0);
  } else result.set(toNumbers(values));
  return result;
}

function toBig(value: number | bigint): bigint {
  return typeof value === "bigint" ? value : BigInt(Math.trunc(value));
}

function applied(
  name: FunctionName,
  inputs: readonly Elements[],
  { type, meets }: { readonly type: NumberType; readonly meets: NumberType },
): Elements {
  const count = Math.max(1, ...inputs.map(({ length }) => length));
  const result = allocateValues(type, inputs.some(({ length }) => length === 0) ? 0 : count) as Elements; // as above
  const [a, b] = inputs;
  if (a === undefined || result.length === 0) return result;
  if (meets === "int64" || meets === "uint64")
    bigFunction(name)(a as BigInt64Array, (b ?? a) as BigInt64Array, result); // both were brought to it
  else numberFunction(name, type)(toNumbers(a), toNumbers(b ?? a), result as Float64Array); // elements of it are numbers
  return result;
}

function chosen(condition: Elements, yes: Elements, no: Elements): Elements {
  const count = Math.max(condition.length, yes.length, no.length);
  const result = allocated(yes, count);
  const target = result as Float64Array; // yes and no have one type, so that each fits
  const [c, y, n] = [condition, yes as Float64Array, no as Float64Array];
  const [cs, ys, ns] = [c, y, n].map(({ length }) => (length === 1 ? 0 : 1)) as [number, number, number]; // one each
  for (let at = 0; at < count; at += 1) {
    target[at] = Number(c[at * cs]) === 0 ? (n[at * ns] ?? 0) : (y[at * ys] ?? 0);
  }
  return result;
}

function allocated(like: Elements, count: number): Elements {
  const ElementArray = like.constructor as new (length: number) => Elements; // a typed array's
  return new ElementArray(count);
}

function fill(values: Elements, value: number | bigint): void {
  if (values instanceof BigInt64Array || values instanceof BigUint64Array) values.fill(toBig(value));
  else values.fill(Number(value));
}
