import { similarWord } from "@zarr-gateway/primitives";
import { OPERATIONS } from "./operations.ts";
import { parseCalls } from "./parse-calls.ts";
import { type ViewCall, viewError } from "./view-call.ts";
import type { ViewOperation } from "./view-operation.ts";

/** A view that is well formed: whether it fits a dataset is another question. */
export interface View {
  /** Without the first "@"; equal views have equal texts. */
  readonly text: string;
  readonly steps: readonly ViewStep[];
  /** Other datasets that it takes something from, in order of first use. */
  readonly datasets: readonly string[];
}

export interface ViewStep {
  readonly operation: ViewOperation;
  readonly step: unknown;
  /** As the operation prints it: `mean(time)`. */
  readonly text: string;
}

/**
 * Reads `sel(lat=20:70)@mean(time)`. Pure, and never evaluates anything.
 * @throws GatewayError invalid_request with the position of the mistake
 */
export function parseView(text: string): View {
  const steps = parseCalls(text).map(parseStep);
  const datasets = steps.flatMap(({ operation, step }) => operation.datasets?.(step) ?? []);
  return { text: steps.map((step) => step.text).join("@"), steps, datasets: [...new Set(datasets)] };
}

function parseStep(call: ViewCall): ViewStep {
  const operation = OPERATIONS.find(({ name }) => name === call.name);
  if (operation === undefined) throw unknownOperation(call);
  const step = operation.parse(call);
  return { operation, step, text: operation.print(step) };
}

function unknownOperation({ name, at }: ViewCall): Error {
  const names = OPERATIONS.map((operation) => operation.name);
  const meant = similarWord(name, names);
  const advice = meant === undefined ? "" : `, did you mean "${meant}"?`;
  return viewError(`there is no operation "${name.slice(0, 40)}"${advice} There are ${names.join(", ")}`, at);
}
