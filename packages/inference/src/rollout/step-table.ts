import type { ModelPackage, NetworkPlan } from "../model-package.ts";
import { networkFor, statesBefore } from "../step-plan.ts";

const [UNSEEN, OPEN, DONE] = [0, 1, 2];

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
    const order: number[] = [];
    const starts = new Set<number>();
    const marks = new Uint8Array(this.steps + 1);
    const isTarget = new Set(targets);
    for (const target of isTarget) {
      // an explicit stack: a lead of ten thousand steps is deeper than the call stack
      const stack = [target];
      for (let n = stack.at(-1); n !== undefined; n = stack.at(-1)) {
        if (marks[n] === UNSEEN && (n === 0 || (!isTarget.has(n) && known(n)))) {
          marks[n] = DONE;
          if (!isTarget.has(n)) starts.add(n);
        }
        if (marks[n] === UNSEEN) {
          marks[n] = OPEN;
          const before = this.before(n);
          for (let at = before.length - 1; at >= 0; at--) stack.push(before[at] ?? 0);
        } else {
          stack.pop();
          if (marks[n] === OPEN) order.push(n);
          marks[n] = DONE;
        }
      }
    }
    return { order, starts };
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
