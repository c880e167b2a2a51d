import { compileOperand, type Operand } from "./compile-operand.ts";
import type { Expression } from "./cql2.ts";
import { type Condition, FilterScope, type Predicate, type Verdict } from "./filter-scope.ts";
import { invalid } from "./invalid.ts";
import { likePredicate } from "./like.ts";
import { arrayPredicate, spatialCondition, temporalPredicate } from "./special-predicates.ts";
import { conjunction, disjunction, negated, verdictOf } from "./verdicts.ts";

/** A filter as a condition. @throws GatewayError invalid_request for what is no CQL2 that is understood here */
export function compileFilter(expression: Expression, field = "filter"): Condition {
  return compile(expression, new FilterScope(field), 0);
}

function compile(expression: Expression, scope: FilterScope, depth: number): Condition {
  scope.enter(depth);
  if (typeof expression === "boolean")
    return ({ records }) => new Uint8Array(records.length).fill(verdictOf(expression));
  const { op, args } = operationOf(expression, scope);
  const name = op.toLowerCase();
  if (name === "and" || name === "or") {
    const parts = args.map((arg) => compile(arg, scope, depth + 1));
    if (parts.length === 0) throw invalid(scope.field, `operands of "${op}"`);
    const combine = name === "and" ? conjunction : disjunction;
    return (state) => combine(parts.map((part) => part(state)));
  }
  if (name === "not") {
    const [part] = exactly(1, args, op, scope);
    const condition = compile(part as Expression, scope, depth + 1); // exactly one
    return (state) => negated(condition(state));
  }
  const operands = (): Operand[] => args.map((arg) => compileOperand(arg, scope, depth + 1));
  return (
    spatialCondition(name, operands, scope) ??
    scope.leaf(() => predicateOf({ op, args }, operands, { scope, depth }))
  );
}

function predicateOf(
  { op, args }: Operation,
  operands: () => Operand[],
  { scope, depth }: { readonly scope: FilterScope; readonly depth: number },
): Predicate {
  const name = op.toLowerCase();
  if (name === "isnull") {
    const [value] = exactly(1, operands(), op, scope);
    return (record) => value?.value(record) === undefined;
  }
  if (name === "like") return likePredicate(exactly(2, operands(), op, scope), scope);
  if (name === "between") {
    const parts = args.flat().map((arg) => compileOperand(arg, scope, depth + 1));
    return between(exactly(3, parts, op, scope));
  }
  if (name === "in") return among(args, scope, depth);
  const compare = COMPARISONS[name];
  if (compare) return comparison(exactly(2, operands(), op, scope), compare);
  const special = temporalPredicate(name, operands, scope) ?? arrayPredicate(name, operands, scope);
  if (special) return special;
  throw invalid(scope.field, "an operator of CQL2 that is supported", op);
}

interface Operation {
  readonly op: string;
  readonly args: readonly Expression[];
}

function operationOf(expression: Expression, scope: FilterScope): Operation {
  if (typeof expression === "object" && expression !== null && "op" in expression) {
    const { op, args } = expression as { op: unknown; args: unknown }; // looked at below
    if (typeof op === "string" && Array.isArray(args)) return { op, args: args as readonly Expression[] }; // each is looked at when compiled
  }
  throw invalid(scope.field, 'a condition, { "op": …, "args": […] } in JSON', expression);
}

function exactly<T>(count: number, args: readonly T[], op: string, scope: FilterScope): readonly T[] {
  if (args.length === count) return args;
  throw invalid(scope.field, `${count} operands of "${op}"`, args.length);
}

type Compare = (order: number) => boolean;

const COMPARISONS: Readonly<Record<string, Compare>> = {
  "=": (order) => order === 0,
  eq: (order) => order === 0,
  "<>": (order) => order !== 0,
  "!=": (order) => order !== 0,
  neq: (order) => order !== 0,
  "<": (order) => order < 0,
  lt: (order) => order < 0,
  "<=": (order) => order <= 0,
  lte: (order) => order <= 0,
  ">": (order) => order > 0,
  gt: (order) => order > 0,
  ">=": (order) => order >= 0,
  gte: (order) => order >= 0,
};

function comparison([left, right]: readonly Operand[], compare: Compare): Predicate {
  const [a, b] = aligned(left as Operand, right as Operand); // exactly two
  return (record) => {
    const order = orderOf(a.value(record), b.value(record));
    return order === undefined ? undefined : compare(order);
  };
}

/** A text beside a time is a time. */
function aligned(left: Operand, right: Operand): readonly [Operand, Operand] {
  if (left.isTime === right.isTime) return [left, right];
  return left.isTime ? [left, right.asTime?.() ?? right] : [left.asTime?.() ?? left, right];
}

/** Undefined where there is nothing to compare; NaN, which no comparison but ≠ holds for, where kinds differ. */
export function orderOf(a: unknown, b: unknown): number | undefined {
  if (a === undefined || b === undefined) return undefined;
  if (typeof a === "number" && typeof b === "number") return a - b;
  if (typeof a === "string" && typeof b === "string") return a < b ? -1 : a > b ? 1 : 0;
  if (typeof a === "boolean" && typeof b === "boolean") return Number(a) - Number(b);
  return Number.NaN;
}

function between([value, low, high]: readonly Operand[]): Predicate {
  const atLeast = comparison([value as Operand, low as Operand], (order) => order >= 0); // exactly three
  const atMost = comparison([value as Operand, high as Operand], (order) => order <= 0); // exactly three
  return (record) => {
    const [isAbove, isBelow] = [atLeast(record), atMost(record)];
    if (isAbove === false || isBelow === false) return false;
    return isAbove === undefined ? isAbove : isBelow;
  };
}

function among(args: readonly Expression[], scope: FilterScope, depth: number): Predicate {
  const [value, list] = exactly(2, args, "in", scope);
  if (!Array.isArray(list)) throw invalid(scope.field, 'a list as the second operand of "in"', list);
  const operand = compileOperand(value as Expression, scope, depth + 1); // exactly two
  const options = list.map((option: Expression) => compileOperand(option, scope, depth + 1));
  const quick = amongConstants(operand, options);
  if (quick) return quick;
  const parts = options.map((option) => comparison([operand, option], (order) => order === 0));
  return (record) => {
    let verdict: Verdict = false;
    for (const part of parts) {
      const one = part(record);
      if (one === true) return true;
      if (one === undefined) verdict = undefined;
    }
    return verdict;
  };
}

/** Of literals alone, however many they are; undefined where one is more than that. */
function amongConstants(operand: Operand, options: readonly Operand[]): Predicate | undefined {
  const constants = options.map((option) => aligned(operand, option)[1].constant);
  const isPlain = (value: unknown): boolean => typeof value === "string" || typeof value === "number";
  if (operand.constant !== undefined || !constants.every(isPlain)) return undefined;
  const known = new Set<unknown>(constants);
  return (record) => {
    const value = operand.value(record);
    return value === undefined && known.size > 0 ? undefined : known.has(value);
  };
}
