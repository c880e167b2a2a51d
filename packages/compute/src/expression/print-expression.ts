import type { Syntax } from "./syntax.ts";

const SIGNS: Readonly<Record<string, readonly [sign: string, binding: number]>> = {
  less: ["<", 1],
  less_equal: ["<=", 1],
  greater: [">", 1],
  greater_equal: [">=", 1],
  equal: ["==", 1],
  not_equal: ["!=", 1],
  add: ["+", 2],
  subtract: ["-", 2],
  multiply: ["*", 3],
  divide: ["/", 3],
  power: ["**", 5],
};
const NEGATIVE = 4;
const ATOM = 6;

/** The one way to write a formula: no spaces, no parentheses that change nothing. */
export function printExpression(syntax: Syntax): string {
  return printed(syntax, 0);
}

function printed(syntax: Syntax, least: number): string {
  if (syntax.kind === "number") return String(syntax.value) + (syntax.isInteger ? "" : dotOf(syntax.value));
  if (syntax.kind === "name")
    return /^[\p{L}_][\p{L}\p{N}_]*$/u.test(syntax.name) ? syntax.name : `"${syntax.name}"`;
  const { name, inputs } = syntax;
  const [first, second] = inputs;
  if (name === "negative" && first) return enclosed(`-${printed(first, NEGATIVE)}`, NEGATIVE, least);
  const [sign, binding] = SIGNS[name] ?? ["", ATOM];
  if (sign === "" || !first || !second)
    return `${name}(${inputs.map((input) => printed(input, 0)).join(",")})`;
  // a chain binds to the left, a power to the right, and its exponent may have a sign
  const text =
    name === "power"
      ? `${printed(first, ATOM)}**${printed(second, NEGATIVE)}`
      : `${printed(first, binding === 1 ? 2 : binding)}${sign}${printed(second, binding + 1)}`;
  return enclosed(text, binding, least);
}

function enclosed(text: string, binding: number, least: number): string {
  return binding < least ? `(${text})` : text;
}

/** A float stays one: `2.0` makes floats of integers. */
function dotOf(value: number): string {
  return /[.e]/.test(String(value)) ? "" : ".0";
}
