import type { Expression } from "./cql2.ts";
import { invalid } from "./invalid.ts";

type Convert = (property: Expression, value: Expression) => Expression;

const compare =
  (op: string): Convert =>
  (property, value) => ({ op, args: [property, value] });
const like =
  (before: string, after: string): Convert =>
  (property, value) => ({
    op: "like",
    args: [property, `${before}${String(value).replaceAll(/[\\%_]/g, "\\$&")}${after}`],
  });

const OPERATORS: Readonly<Record<string, Convert>> = {
  eq: compare("="),
  neq: compare("<>"),
  lt: compare("<"),
  lte: compare("<="),
  gt: compare(">"),
  gte: compare(">="),
  startsWith: like("", "%"),
  endsWith: like("%", ""),
  contains: like("%", "%"),
  in: compare("in"),
};

/** The STAC query extension as CQL2: `{ "bytes": { "lt": 1000 } }`. */
export function queryExpression(value: unknown): Expression | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "object" || Array.isArray(value))
    throw invalid("query", "an object of conditions by property", value);
  const conditions = Object.entries(value).flatMap(([property, operators]: [string, unknown]) => {
    if (typeof operators !== "object" || operators === null || Array.isArray(operators))
      throw invalid(`query.${property}`, "an object of operators", operators);
    return Object.entries(operators).map(([name, operand]: [string, unknown]) => {
      const convert = Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
      if (!convert) throw invalid(`query.${property}`, Object.keys(OPERATORS).join(", "), name);
      return convert({ property }, operand as Expression); // checked when it is compiled
    });
  });
  return conditions.length === 0 ? undefined : { op: "and", args: conditions };
}
