import type { ModelPackage, NetworkPlan } from "../model-package.ts";
import { networkFor, statesBefore } from "../step-plan.ts";

type Model = Pick<ModelPackage, "networks" | "history">;

/** What has to be made for a lead. */
export interface Path {
  /** Step numbers in an order in which each comes after what it is made of. */
  readonly order: readonly number[];
  /** Step numbers of states that are needed and not made on the way: known ones, and perhaps 0. */
  readonly starts: ReadonlySet<number>;
}

/** The plan of steps (step-plan.ts), looked up instead of worked out each time. */
export class StepTable {
  readonly steps: number;
  readonly #networks: readonly (NetworkPlan | undefined)[];
  readonly #before: readonly (readonly number[])[];
  readonly #maxStride: number;

  constructor(model: Model, steps: number) {
    this.steps = steps;
    const numbers = Array.from({ length: steps + 1 }, (_, n) => n);
    this.#networks = numbers.map((n) => (n === 0 ? undefined : networkFor(model, n)));
    this.#before = numbers.map((n) => (n === 0 ? [] : statesBefore(model, n)));
    this.#maxStride = Math.max(1, ...model.networks.map(({ stride }) => stride));
  }

  network(n: number): NetworkPlan | undefined {
    return this.#networks[n];
  }

  before(n: number): readonly number[] {
    return this.#before[n] ?? [];
  }

  /**
   * @param targets steps that have to be made even where their state is known, because what they publish is not
   * @param known whether the state of a step is at hand
   */
  path(targets: Iterable<number>, known: (n: number) => boolean): Path {
    const order = new Set<number>();
    const starts = new Set<number>();
    const seen = new Set<number>();
    const isTarget = new Set(targets);
    for (const target of isTarget) {
      // an explicit stack: a lead of ten thousand steps is deeper than the call stack
      const stack = [target];
      while (stack.length > 0) {
        const n = stack.at(-1) ?? 0;
        if (n <= 0 || (!isTarget.has(n) && known(n))) {
          if (!isTarget.has(n)) starts.add(n);
          stack.pop();
        } else if (seen.has(n)) {
          stack.pop();
          order.add(n);
        } else {
          seen.add(n);
          for (const before of this.before(n).toReversed()) if (!seen.has(before)) stack.push(before);
        }
      }
    }
    return { order: [...order], starts };
  }

  /** States up to n out of which later steps may be made: what a run that may go on should hold. */
  onward(n: number): Set<number> {
    const held = new Set<number>();
    for (let next = n + 1; next <= Math.min(this.steps, n + this.#maxStride); next++) {
      for (const before of this.before(next)) if (before <= n) held.add(before);
    }
    return held;
  }
}
