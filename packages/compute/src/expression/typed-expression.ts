import { viewError } from "../view/view-call.ts";
import { asFloat, isLiteral, isWhole, type NumberType, promoted, type ValueType } from "./number-types.ts";
import type { FunctionName, Syntax } from "./syntax.ts";

/** A formula whose types are known; it goes to other threads as it is. */
export type TypedExpression =
  | { readonly kind: "operand"; readonly index: number; readonly type: NumberType }
  | { readonly kind: "literal"; readonly value: number; readonly type: "integer literal" | "float literal" }
  | {
      readonly kind: "call";
      readonly name: FunctionName;
      readonly inputs: readonly TypedExpression[];
      /** Of the result, and the one that the inputs are brought to before. */
      readonly type: ValueType;
      readonly meets: ValueType;
    };

/**
 * The formula with numpy's types.
 * @param resolve what a name stands for; throws where it stands for nothing
 * @throws GatewayError invalid_request where numpy has no such operation
 */
export function typedExpression(
  syntax: Syntax,
  resolve: (name: string, at: number) => TypedExpression,
): TypedExpression {
  if (syntax.kind === "name") return resolve(syntax.name, syntax.at);
  if (syntax.kind === "number") {
    return {
      kind: "literal",
      value: syntax.value,
      type: syntax.isInteger ? "integer literal" : "float literal",
    };
  }
  const inputs = syntax.inputs.map((input) => typedExpression(input, resolve));
  return { kind: "call", name: syntax.name, inputs, ...typesOf(syntax, inputs) };
}

function typesOf(
  { name, at }: Extract<Syntax, { kind: "call" }>,
  inputs: readonly TypedExpression[],
): { readonly type: ValueType; readonly meets: ValueType } {
  const values = name === "where" ? inputs.slice(1) : inputs;
  const meets = values.map(({ type }) => type).reduce(promoted);
  switch (name) {
    case "subtract":
    case "negative":
      if (meets === "bool") throw viewError("there is no difference of true and false; use != instead", at);
      return { type: meets, meets };
    case "divide": {
      const type = isLiteral(meets) ? "float literal" : isWhole(meets) ? "float64" : meets;
      return { type, meets: type };
    }
    case "power": {
      assertExponent(inputs, meets, at);
      const type = meets === "bool" ? "int8" : meets;
      return { type, meets: type };
    }
    case "less":
    case "less_equal":
    case "greater":
    case "greater_equal":
    case "equal":
    case "not_equal":
    case "isnan":
      return { type: "bool", meets };
    case "add":
    case "multiply":
    case "where":
    case "minimum":
    case "maximum":
    case "abs":
    case "floor":
    case "ceil":
    case "round":
      return { type: meets, meets };
    default: {
      const type = asFloat(meets);
      return { type, meets: type };
    }
  }
}

/** As numpy: an integer to the power of -1 is no integer. */
function assertExponent(inputs: readonly TypedExpression[], meets: ValueType, at: number): void {
  const exponent = inputs[1];
  const isNegative =
    exponent?.kind === "call" && exponent.name === "negative" && exponent.type === "integer literal";
  if (isNegative && isWhole(meets))
    throw viewError("integers have no negative powers; write the exponent as a float, as in x**-1.0", at);
}
