import type { NumberValues } from "../decoded/number-values.ts";
import type { NumberType } from "./number-types.ts";
import type { FunctionName } from "./syntax.ts";

/** Fills the result from one or two inputs; an input of length 1 stands for all. */
type NumberFunction = (a: NumberValues, b: NumberValues, result: Float64Array) => void;
type BigFunction = (
  a: BigInt64Array,
  b: BigInt64Array,
  result: { [at: number]: number | bigint; readonly length: number },
) => void;

/** Operators have loops of their own, which run four times as fast as calls of a function. */
const OPERATORS: Partial<Record<FunctionName, NumberFunction>> = {
  add: (a, b, result) => {
    const [i, j] = steps(a, b);
    for (let at = 0; at < result.length; at += 1) result[at] = (a[at * i] ?? 0) + (b[at * j] ?? 0);
  },
  subtract: (a, b, result) => {
    const [i, j] = steps(a, b);
    for (let at = 0; at < result.length; at += 1) result[at] = (a[at * i] ?? 0) - (b[at * j] ?? 0);
  },
  multiply: (a, b, result) => {
    const [i, j] = steps(a, b);
    for (let at = 0; at < result.length; at += 1) result[at] = (a[at * i] ?? 0) * (b[at * j] ?? 0);
  },
  divide: (a, b, result) => {
    const [i, j] = steps(a, b);
    for (let at = 0; at < result.length; at += 1) result[at] = (a[at * i] ?? 0) / (b[at * j] ?? 0);
  },
};

const OF_TWO: Partial<Record<FunctionName, (a: number, b: number) => number>> = {
  power: (a, b) => (a === 1 ? 1 : a ** b), // 1 ** NaN is 1 in C and NaN in JavaScript
  less: (a, b) => Number(a < b),
  less_equal: (a, b) => Number(a <= b),
  greater: (a, b) => Number(a > b),
  greater_equal: (a, b) => Number(a >= b),
  equal: (a, b) => Number(a === b),
  not_equal: (a, b) => Number(a !== b),
  minimum: Math.min,
  maximum: Math.max,
  atan2: Math.atan2,
};

const OF_ONE: Partial<Record<FunctionName, (a: number) => number>> = {
  negative: (a) => -a,
  sqrt: Math.sqrt,
  exp: Math.exp,
  log: Math.log,
  log10: Math.log10,
  sin: Math.sin,
  cos: Math.cos,
  tan: Math.tan,
  asin: Math.asin,
  acos: Math.acos,
  atan: Math.atan,
  abs: Math.abs,
  floor: Math.floor,
  ceil: Math.ceil,
  round: halfToEven,
  isnan: (a) => Number(Number.isNaN(a)),
};

/** The function over numbers; a result of type bool is 0 or 1, and integers wrap around. */
export function numberFunction(name: FunctionName, type: NumberType): NumberFunction {
  if (name === "add" && type === "bool") return ofTwo((a, b) => a | b);
  // a product of two 32-bit integers has more digits than a float64
  if (name === "multiply" && (type === "int32" || type === "uint32")) return ofTwo(Math.imul);
  const operator = OPERATORS[name];
  if (operator !== undefined) return operator;
  const two = OF_TWO[name];
  if (two !== undefined) return ofTwo(two);
  const one = OF_ONE[name];
  if (one === undefined) throw new TypeError(`no loop for ${name}`);
  return (a, _b, result) => {
    const i = a.length === 1 ? 0 : 1;
    for (let at = 0; at < result.length; at += 1) result[at] = one(a[at * i] ?? 0);
  };
}

const BIG_OF_TWO: Partial<Record<FunctionName, (a: bigint, b: bigint) => bigint | number>> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  power: wholePower,
  less: (a, b) => Number(a < b),
  less_equal: (a, b) => Number(a <= b),
  greater: (a, b) => Number(a > b),
  greater_equal: (a, b) => Number(a >= b),
  equal: (a, b) => Number(a === b),
  not_equal: (a, b) => Number(a !== b),
  minimum: smaller,
  maximum: (a, b) => -smaller(-a, -b),
  negative: (a) => -a,
  abs: (a) => (a < 0n ? -a : a),
  isnan: () => 0,
};

/** The same of 64-bit integers, exact. */
export function bigFunction(name: FunctionName): BigFunction {
  const two = BIG_OF_TWO[name] ?? ((a) => a); // floor, ceil and round change nothing
  return (a, b, result) => {
    const [i, j] = [a.length === 1 ? 0 : 1, b.length === 1 ? 0 : 1];
    for (let at = 0; at < result.length; at += 1) result[at] = two(a[at * i] ?? 0n, b[at * j] ?? 0n);
  };
}

function ofTwo(two: (a: number, b: number) => number): NumberFunction {
  return (a, b, result) => {
    const [i, j] = steps(a, b);
    for (let at = 0; at < result.length; at += 1) result[at] = two(a[at * i] ?? 0, b[at * j] ?? 0);
  };
}

function steps(a: NumberValues, b: NumberValues): readonly [number, number] {
  return [a.length === 1 ? 0 : 1, b.length === 1 ? 0 : 1];
}

function halfToEven(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  if (rest !== 0.5) return rest < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}

function smaller(a: bigint, b: bigint): bigint {
  if (a < b) return a;
  return b;
}

/** Wraps around in 64 bits, and has as many steps as the exponent has bits. */
function wholePower(base: bigint, exponent: bigint): bigint {
  if (exponent < 0n) return base === 1n ? 1n : base === -1n ? (exponent % 2n === 0n ? 1n : -1n) : 0n;
  let [result, square] = [1n, base];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest % 2n === 1n) result = BigInt.asUintN(64, result * square);
    square = BigInt.asUintN(64, square * square);
  }
  return result;
}
