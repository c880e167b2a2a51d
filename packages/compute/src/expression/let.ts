import { coordinateNames, type Dataset, dimensionSizes, type Variable } from "@zarr-gateway/dataset";
import { derivedDataset } from "../dataset/derived-dataset.ts";
import { withCoordinates } from "../dataset/with-coordinates.ts";
import { decodedVariable } from "../decoded/decoded-variable.ts";
import { isTimeVariable } from "../decoded/time-variable.ts";
import { unknownName } from "../view/select/dimension-arguments.ts";
import { viewError } from "../view/view-call.ts";
import type { ViewContext, ViewOperation } from "../view/view-operation.ts";
import { floatAttributes, formulaAttributes } from "./combined-attributes.ts";
import { elementwise, type Operand } from "./elementwise.ts";
import { isLiteral, isNumberType } from "./number-types.ts";
import { parseExpression } from "./parse-expression.ts";
import { printExpression } from "./print-expression.ts";
import type { Syntax } from "./syntax.ts";
import { type TypedExpression, typedExpression } from "./typed-expression.ts";

interface Assignment {
  readonly name: string;
  readonly at: number;
  readonly formula: Syntax;
  readonly formulaAt: number;
}

const EXAMPLE = "let(wind=sqrt(u10*u10+v10*v10))";
const CONSTANTS: Readonly<Record<string, number>> = { pi: Math.PI, nan: Number.NaN };

/** Variables worked out of others by a formula. */
export const letOperation: ViewOperation<readonly Assignment[]> = {
  name: "let",
  summary:
    "New variables by formulas: + - * / **, comparisons, where(condition,a,b), sqrt exp log log10 sin cos tan asin acos atan atan2 minimum maximum abs floor ceil round isnan, pi and nan; types, dimensions and attributes as numpy's and xarray's.",
  examples: [EXAMPLE, "let(warm=where(tas>273.15,tas,nan))", "let(c=tas-273.15,f=c*1.8+32)"],
  equivalent: "ds.assign(wind=np.sqrt(ds.u10 * ds.u10 + ds.v10 * ds.v10))",
  parse(call) {
    if (call.arguments.length === 0) throw viewError(`"let" is written "${EXAMPLE}"`, call.at);
    return call.arguments.map(({ key, at, value, valueAt }) => {
      if (key === undefined) throw viewError(`expected a name and "=", as in "${EXAMPLE}"`, at);
      const name = /^"[^"]*"$/.test(key) ? key.slice(1, -1) : key;
      if (!/^[\p{L}_][\p{L}\p{N}_]*$/u.test(name) || name.length > 100)
        throw viewError(`"${name.slice(0, 40)}" is no name of a variable: letters, digits and _`, at);
      return { name, at, formula: parseExpression(value, valueAt), formulaAt: valueAt };
    });
  },
  print: (step) => `let(${step.map(({ name, formula }) => `${name}=${printExpression(formula)}`).join(",")})`,
  apply(input: Dataset, step: readonly Assignment[], context: ViewContext): Promise<Dataset> {
    const result = step.reduce((dataset, assignment) => assigned(dataset, assignment, context), input);
    return Promise.resolve(result);
  },
};

function assigned(dataset: Dataset, assignment: Assignment, context: ViewContext): Dataset {
  const { name, at, formula, formulaAt } = assignment;
  const coordinates = coordinateNames(dataset);
  if (coordinates.has(name) || dimensionSizes(dataset.variables.values()).has(name))
    throw viewError(`"${name}" is a coordinate, which a formula cannot change; take another name`, at);
  const names = new Map<string, number>();
  const operands: Operand[] = [];
  const resolve = (wanted: string, position: number): TypedExpression => {
    const variable = dataset.variables.get(wanted);
    if (variable === undefined) return constant(dataset, wanted, position);
    const known = names.get(wanted);
    const { operand, type } = numbersOf(variable, position, context);
    if (known !== undefined) return { kind: "operand", index: known, type };
    names.set(wanted, operands.length);
    return { kind: "operand", index: operands.push(operand) - 1, type };
  };
  const expression = typedExpression(formula, resolve);
  if (isLiteral(expression.type)) throw viewError("a formula needs at least one variable", formulaAt);
  const { pool, cache, key } = context;
  const kept = cache && { cache, key: `${key} ${name}` };
  const attrs = formulaAttributes(formula, (wanted) => dataset.variables.get(wanted)?.attrs) ?? {};
  const { dims, source } = elementwise({ expression, operands, pool, kept });
  const made: Variable = { name, dims, attrs: floatAttributes(attrs, source.dtype), source };
  const result = derivedDataset(dataset, { variables: new Map(dataset.variables).set(name, made) });
  return derivedDataset(result, withCoordinates(result, coordinates));
}

function constant(dataset: Dataset, name: string, at: number): TypedExpression {
  const value = Object.hasOwn(CONSTANTS, name) ? CONSTANTS[name] : undefined;
  if (value === undefined) throw unknownName("variable", { name, at }, [...dataset.variables.keys()]);
  return { kind: "literal", value, type: "float literal" };
}

function numbersOf(
  variable: Variable,
  at: number,
  { pool }: ViewContext,
): { readonly operand: Operand; readonly type: TypedOperand } {
  const { source, dims, name } = decodedVariable(variable, { pool });
  const { dtype } = source;
  if (isTimeVariable(variable)) throw viewError(`"${name}" holds times, which formulas do not know`, at);
  if (!isNumberType(dtype) || source.storedOnly !== undefined)
    throw viewError(`"${name}" holds ${dtype} values, formulas know numbers and booleans`, at);
  return { operand: { name, dims, source }, type: dtype };
}

type TypedOperand = Extract<TypedExpression, { kind: "operand" }>["type"];
