import { type Attributes, coordinateNames, type Dataset, type Variable } from "@zarr-gateway/dataset";
import { withReferences } from "../../dataset/cf-references.ts";
import { derivedDataset } from "../../dataset/derived-dataset.ts";
import { withCoordinates } from "../../dataset/with-coordinates.ts";
import { isTimeVariable } from "../../decoded/time-variable.ts";
import { viewError } from "../../view/view-call.ts";

export interface VariableChange {
  /** What becomes of data; undefined where it cannot be, and is left out. */
  data(variable: Variable): Variable | undefined;
  /** What becomes of a coordinate; undefined where it is lost. */
  coordinate(variable: Variable): Variable | undefined;
}

/** A dataset with every variable changed or left out. What was a coordinate stays one; nobody names what is gone. */
export function changedVariables(input: Dataset, change: VariableChange): Dataset {
  const coordinates = coordinateNames(input);
  const variables = new Map<string, Variable>();
  for (const [name, variable] of input.variables) {
    const changed = coordinates.has(name) ? change.coordinate(variable) : change.data(variable);
    if (changed !== undefined) variables.set(name, changed);
  }
  const isGone = (name: string): boolean => input.variables.has(name) && !variables.has(name);
  for (const [name, variable] of variables) {
    const attrs = withReferences(variable.attrs, (other) => (isGone(other) ? undefined : other));
    variables.set(name, { ...variable, attrs: withTrueBounds(attrs, { variable, variables, input }) });
  }
  const attrs = withReferences(input.attrs, (other) => (isGone(other) ? undefined : other));
  const result = derivedDataset(input, { attrs, variables });
  return derivedDataset(result, withCoordinates(result, coordinates));
}

/** Readers take the variable that a time names as its bounds for times; counts and differences of them are none. */
function withTrueBounds(
  attrs: Attributes,
  {
    variable,
    variables,
    input,
  }: Pick<Dataset, "variables"> & { readonly variable: Variable; readonly input: Dataset },
): Attributes {
  const { bounds, ...rest } = attrs;
  if (typeof bounds !== "string" || !isTimeVariable(variable)) return attrs;
  const [named, before] = [variables.get(bounds), input.variables.get(bounds)];
  const isComputed = named !== undefined && named.source !== before?.source;
  return isComputed && !isTimeVariable(named) ? rest : attrs;
}

/** A variable that is computed: nothing of how its source was encoded holds for it but the compressor. */
export function computedVariable(
  variable: Variable,
  changes: Pick<Variable, "source"> & Partial<Pick<Variable, "dims" | "attrs">>,
): Variable {
  const { encoding, ...rest } = variable;
  return {
    ...rest,
    ...changes,
    ...(encoding?.compressor && { encoding: { compressor: encoding.compressor } }),
  };
}

/** True where a variable lies along one of the dimensions. */
export function liesAlong({ dims }: Variable, names: ReadonlySet<string>): boolean {
  return dims.some((dim) => dim !== null && names.has(dim));
}

/** The complaint where nothing is left to compute. */
export function nothingAlong(action: string, names: ReadonlySet<string>, at: number): Error {
  return viewError(
    `no variable along ${[...names].join(", ")} has values that a ${action} can be made of`,
    at,
  );
}
