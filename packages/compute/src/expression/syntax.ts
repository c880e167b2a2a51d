/** What stands in a formula: `at` counts characters of the whole view. */
export type Syntax =
  | { readonly kind: "number"; readonly at: number; readonly value: number; readonly isInteger: boolean }
  | { readonly kind: "name"; readonly at: number; readonly name: string }
  | {
      readonly kind: "call";
      readonly at: number;
      readonly name: FunctionName;
      readonly inputs: readonly Syntax[];
    };

/** How many inputs each function takes; the operators are functions too. */
export const FUNCTIONS = {
  add: 2,
  subtract: 2,
  multiply: 2,
  divide: 2,
  power: 2,
  negative: 1,
  less: 2,
  less_equal: 2,
  greater: 2,
  greater_equal: 2,
  equal: 2,
  not_equal: 2,
  where: 3,
  minimum: 2,
  maximum: 2,
  atan2: 2,
  sqrt: 1,
  exp: 1,
  log: 1,
  log10: 1,
  sin: 1,
  cos: 1,
  tan: 1,
  asin: 1,
  acos: 1,
  atan: 1,
  abs: 1,
  floor: 1,
  ceil: 1,
  round: 1,
  isnan: 1,
} as const;

export type FunctionName = keyof typeof FUNCTIONS;

const OPERATORS: readonly string[] = [
  "add",
  "subtract",
  "multiply",
  "divide",
  "power",
  "negative",
  "less",
  "less_equal",
  "greater",
  "greater_equal",
  "equal",
  "not_equal",
];

/** Functions that are called by name. */
export const FUNCTION_NAMES: readonly string[] = Object.keys(FUNCTIONS).filter(
  (name) => !OPERATORS.includes(name),
);

export function isFunctionName(name: string): name is FunctionName {
  return FUNCTION_NAMES.includes(name);
}
