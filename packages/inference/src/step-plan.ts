import type { ModelPackage, NetworkPlan, StepCondition } from "./model-package.ts";

/** The network that makes step n ≥ 1: the first whose condition holds; undefined where none does. */
export function networkFor({ networks }: Pick<ModelPackage, "networks">, n: number): NetworkPlan | undefined {
  return networks.find(({ when, stride }) => holds(when, n) && n >= stride);
}

/** The first step number up to `steps` that no network makes; undefined where each has one. */
export function firstUnmade(model: Pick<ModelPackage, "networks">, steps: number): number | undefined {
  for (let n = 1; n <= steps; n++) if (networkFor(model, n) === undefined) return n;
  return undefined;
}

/** Step numbers of the states out of which step n is made, the one that the network is applied to first. */
export function statesBefore(model: Pick<ModelPackage, "networks" | "history">, n: number): number[] {
  const network = networkFor(model, n);
  if (network === undefined) return [];
  const before = [n - network.stride];
  // entries between what a long step starts from and what it makes are those of shorter steps
  for (let back = 1; back < Math.min(network.stride, model.history); back++) before.push(n - back);
  return before;
}

/** Step numbers that have to be made for n, in an order in which each comes after what it is made of; those `known` are not. */
export function stepsNeeded(
  model: Pick<ModelPackage, "networks" | "history">,
  n: number,
  known: (n: number) => boolean,
): number[] {
  const order: number[] = [];
  const seen = new Set<number>();
  const visit = (step: number): void => {
    if (step <= 0 || seen.has(step) || known(step)) return;
    seen.add(step);
    for (const before of statesBefore(model, step)) visit(before);
    order.push(step);
  };
  visit(n);
  return order;
}

function holds({ from, to, every }: StepCondition, n: number): boolean {
  return n >= from && n <= to && n % every === 0;
}
