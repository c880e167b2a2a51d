import type { CatalogRecord } from "../collection/catalog-record.ts";
import { compileOperand, type Operand } from "./compile-operand.ts";
import { type Expression, MAX_DEPTH, MAX_NODES } from "./cql2.ts";
import { invalid } from "./invalid.ts";
import { likePredicate } from "./like.ts";
import { arrayPredicate, spatialPredicate, temporalPredicate } from "./special-predicates.ts";

/** Of three values, as in SQL: undefined where a property that is asked for is absent. */
export type Verdict = boolean | undefined;
export type Predicate = (record: CatalogRecord) => Verdict;

/** What a compilation counts and knows. */
export class FilterScope {
  readonly field: string;
  #nodes = 0;

  constructor(field: string) {
    this.field = field;
  }

  enter(depth: number): void {
    this.#nodes += 1;
    if (depth > MAX_DEPTH) throw invalid(this.field, `${MAX_DEPTH} levels at most`);
    if (this.#nodes > MAX_NODES) throw invalid(this.field, `${MAX_NODES} parts at most`);
  }
}

/** A filter as a function. @throws GatewayError invalid_request for what is no CQL2 that is understood here */
export function compileFilter(expression: Expression, field = "filter"): Predicate {
  return compile(expression, new FilterScope(field), 0);
}

function compile(expression: Expression, scope: FilterScope, depth: number): Predicate {
  scope.enter(depth);
  if (typeof expression === "boolean") return () => expression;
  const { op, args } = operationOf(expression, scope);
  const name = op.toLowerCase();
  if (name === "and" || name === "or") {
    const parts = args.map((arg) => compile(arg, scope, depth + 1));
    if (parts.length === 0) throw invalid(scope.field, `operands of "${op}"`);
    return name === "and" ? conjunction(parts) : disjunction(parts);
  }
  if (name === "not") {
    const [part] = [...exactly(1, args, op, scope)];
    return negated(compile(part as Expression, scope, depth + 1)); // exactly one
  }
  const operands = (): Operand[] => args.map((arg) => compileOperand(arg, scope, depth + 1));
  if (name === "isnull") {
    const [value] = exactly(1, operands(), op, scope);
    return (record) => value?.value(record) === undefined;
  }
  if (name === "like") return likePredicate(exactly(2, operands(), op, scope), scope);
  if (name === "between")
    return between(
      exactly(
        3,
        args.flat().map((arg) => compileOperand(arg, scope, depth + 1)),
        op,
        scope,
      ),
    );
  if (name === "in") return among(args, scope, depth);
  const compare = COMPARISONS[name];
  if (compare) return comparison(exactly(2, operands(), op, scope), compare);
  const special =
    spatialPredicate(name, operands, scope) ??
    temporalPredicate(name, operands, scope) ??
    arrayPredicate(name, operands, scope);
  if (special) return special;
  throw invalid(scope.field, "an operator of CQL2 that is supported", op);
}

function operationOf(
  expression: Expression,
  scope: FilterScope,
): { op: string; args: readonly Expression[] } {
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

function conjunction(parts: readonly Predicate[]): Predicate {
  return (record) => {
    let verdict: Verdict = true;
    for (const part of parts) {
      const one = part(record);
      if (one === false) return false;
      if (one === undefined) verdict = undefined;
    }
    return verdict;
  };
}

function disjunction(parts: readonly Predicate[]): Predicate {
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

function negated(part: Predicate): Predicate {
  return (record) => {
    const verdict = part(record);
    return verdict === undefined ? undefined : !verdict;
  };
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
  const atLeast = comparison([value as Operand, low as Operand], (order) => order >= 0);
  const atMost = comparison([value as Operand, high as Operand], (order) => order <= 0);
  return conjunction([atLeast, atMost]);
}

function among(args: readonly Expression[], scope: FilterScope, depth: number): Predicate {
  const [value, list] = exactly(2, args, "in", scope);
  if (!Array.isArray(list)) throw invalid(scope.field, 'a list as the second operand of "in"', list);
  const operand = compileOperand(value as Expression, scope, depth + 1); // exactly two
  const options = list.map((option: Expression) => compileOperand(option, scope, depth + 1));
  return disjunction(options.map((option) => comparison([operand, option], (order) => order === 0)));
}
