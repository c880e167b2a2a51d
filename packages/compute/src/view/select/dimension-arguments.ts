import type { Dataset } from "@zarr-gateway/dataset";
import { dimensionSizes } from "@zarr-gateway/dataset";
import { similarWord } from "@zarr-gateway/primitives";
import { type ViewArgument, type ViewCall, viewError } from "../view-call.ts";

/** A named argument. */
export interface Named<Value> {
  readonly key: string;
  readonly at: number;
  readonly value: Value;
  readonly valueAt: number;
}

/**
 * The arguments of an operation whose arguments all have names: at least one, each name once, in the order of the names,
 * so that equal steps are equal.
 * @param example for the message
 */
export function namedArguments<Value>(
  call: ViewCall,
  example: string,
  parse: (argument: ViewArgument) => Value,
): Named<Value>[] {
  const named = new Map<string, Named<Value>>();
  if (call.arguments.length === 0)
    throw viewError(`"${call.name}" needs an argument, as in "${example}"`, call.at);
  for (const argument of call.arguments) {
    const { key, at, valueAt } = argument;
    if (key === undefined) throw viewError(`expected a name and "=", as in "${example}"`, at);
    if (named.has(key)) throw viewError(`"${key}" is given twice`, at);
    named.set(key, { key, at, value: parse(argument), valueAt });
  }
  return [...named.values()].sort((a, b) => (a.key < b.key ? -1 : 1));
}

/** Length of a dimension. @throws GatewayError invalid_request with the choices */
export function dimensionLength(dataset: Dataset, name: string, at: number): number {
  const sizes = dimensionSizes(dataset.variables.values());
  const length = sizes.get(name);
  if (length === undefined) throw unknownName("dimension", { name, at }, [...sizes.keys()]);
  return length;
}

/** The complaint about a name that the dataset lacks: what is meant, and the choices. */
export function unknownName(
  what: string,
  { name, at }: { readonly name: string; readonly at: number },
  names: readonly string[],
): Error {
  const meant = similarWord(name, names);
  const advice = meant === undefined ? "" : `, did you mean "${meant}"?`;
  const choices = names.length === 0 ? "none" : names.slice(0, 50).join(", ");
  return viewError(`there is no ${what} "${name.slice(0, 80)}"${advice} The dataset has ${choices}`, at);
}
