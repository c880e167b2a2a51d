import { similarWord } from "@zarr-gateway/primitives";
import type { Reduction } from "../reduce/reduction.ts";
import { type ViewArgument, type ViewCall, viewError } from "../view/view-call.ts";

const REDUCTIONS: Readonly<Record<Reduction, true>> = {
  mean: true,
  min: true,
  max: true,
  sum: true,
  std: true,
  var: true,
  median: true,
  count: true,
  first: true,
  last: true,
};

/** What may be done within groups. */
export const REDUCTION_NAMES: readonly string[] = Object.keys(REDUCTIONS);

/** @throws GatewayError invalid_request with the position and the choices */
export function parseReduction({ key, at, value, valueAt }: ViewArgument): Reduction {
  if (key !== undefined) throw viewError(`expected one of ${REDUCTION_NAMES.join(", ")} without "="`, at);
  if (isReduction(value)) return value;
  const meant = similarWord(value, REDUCTION_NAMES);
  const advice = meant === undefined ? "" : `, did you mean "${meant}"?`;
  throw viewError(
    `there is no action "${value.slice(0, 40)}"${advice} There are ${REDUCTION_NAMES.join(", ")}`,
    valueAt,
  );
}

function isReduction(text: string): text is Reduction {
  return Object.hasOwn(REDUCTIONS, text);
}

/**
 * The arguments of a step that has so many.
 * @throws GatewayError invalid_request with an example
 */
export function argumentsOf(
  call: ViewCall,
  counts: readonly [least: number, most: number],
  example: string,
): readonly ViewArgument[] {
  const { arguments: given, name, at } = call;
  const [least, most] = counts;
  if (given.length < least) throw viewError(`"${name}" is written "${example}"`, at);
  const surplus = given[most];
  if (surplus !== undefined) throw viewError(`"${name}" is written "${example}"`, surplus.at);
  return given;
}
