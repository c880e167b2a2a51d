import { type Dataset, dimensionSizes } from "@zarr-gateway/dataset";
import { unknownName } from "../../view/select/dimension-arguments.ts";
import { LABELS, printLabel } from "../../view/select/label.ts";
import type { Token } from "../../view/select/selector.ts";
import { type ViewArgument, type ViewCall, viewError } from "../../view/view-call.ts";

/** Names of dimensions, each once, in alphabetical order: their order changes nothing. */
export function parseDimensionNames(call: ViewCall, args: readonly ViewArgument[] = call.arguments): Token[] {
  const names = args.map((argument) => parseDimensionName(argument));
  const unique = names.filter(({ text }, at) => names.findIndex((other) => other.text === text) === at);
  return unique.sort((a, b) => (a.text < b.text ? -1 : 1));
}

/** @throws GatewayError invalid_request for what is no single name */
export function parseDimensionName({ key, at, value, valueAt }: ViewArgument): Token {
  if (key !== undefined) throw viewError(`expected the name of a dimension alone, not "${key}=…"`, at);
  const found = LABELS.match(value, 0);
  if (found === undefined || found.length !== value.length) {
    throw viewError("expected the name of a dimension", valueAt);
  }
  return { text: found.label, at: valueAt };
}

/** The one dimension that an operation goes along. @throws GatewayError invalid_request where there is another number */
export function parseOneDimension(call: ViewCall): Token {
  const [first, second] = call.arguments;
  if (first === undefined)
    throw viewError(`"${call.name}" needs a dimension, as in "${call.name}(time)"`, call.at);
  if (second !== undefined) throw viewError(`"${call.name}" goes along one dimension`, second.at);
  return parseDimensionName(first);
}

export function printNames(names: readonly Token[]): string {
  return names.map(({ text }) => printLabel(text)).join(",");
}

/**
 * The named dimensions, all where none are named.
 * @throws GatewayError invalid_request for one that the dataset lacks, with the choices
 */
export function namedDimensions(dataset: Dataset, names: readonly Token[]): ReadonlySet<string> {
  const sizes = dimensionSizes(dataset.variables.values());
  for (const { text, at } of names) {
    if (!sizes.has(text)) throw unknownName("dimension", { name: text, at }, [...sizes.keys()]);
  }
  return new Set(names.length === 0 ? sizes.keys() : names.map(({ text }) => text));
}
