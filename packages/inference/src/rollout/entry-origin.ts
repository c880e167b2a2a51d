import type { ModelPackage, NetworkPlan, TensorPlan } from "../model-package.ts";
import type { StepTable } from "./step-table.ts";

/** Where the values of one variable in one entry of a state are to be found. */
export type EntryOrigin =
  /** They are what is published for step n. */
  | { readonly kind: "published"; readonly n: number }
  /** They are in the state of step n alone. */
  | { readonly kind: "own"; readonly n: number; readonly entry: number };

/**
 * Follows what networks feed back: entry 0 is what is published for n, an older one what the network wrote for that
 * time, else what was in the state that it was applied to, else what is published for that time.
 */
export function entryOrigin(table: StepTable, { n, entry, variable }: EntryPlace): EntryOrigin {
  let [step, back] = [n, entry];
  for (;;) {
    if (step === 0) return back === 0 ? { kind: "published", n: 0 } : { kind: "own", n: 0, entry: back };
    const network = table.network(step);
    const stride = network?.stride ?? 1;
    const outputs = outputsOf(network, variable);
    const isFed = outputs.some(({ feed }) => feed.includes(1 - back / stride));
    if (back === 0 && outputs.every(({ times, feed }) => feed.includes(1) || !times.includes(1)))
      return { kind: "published", n: step };
    if (back === 0 || isFed) return { kind: "own", n: step, entry: back };
    [step, back] = back >= stride ? [step - stride, back - stride] : [step - back, 0];
  }
}

export interface EntryPlace {
  readonly n: number;
  readonly entry: number;
  readonly variable: string;
}

/** Names of state variables, in the order of the package. */
export function stateVariables({ variables }: Pick<ModelPackage, "variables">): string[] {
  return variables.filter(({ role }) => role === "state").map(({ name }) => name);
}

function outputsOf(network: NetworkPlan | undefined, variable: string): readonly TensorPlan[] {
  return (network?.outputs ?? []).filter(({ channels }) =>
    channels.some((channel) => channel.kind === "field" && channel.variable === variable),
  );
}
