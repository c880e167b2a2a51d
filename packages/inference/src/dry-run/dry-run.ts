import type { CallOptions } from "@zarr-gateway/primitives";
import type { ModelPackage, NetworkPlan } from "../model-package.ts";
import type { Fields, ModelSession, ModelState, Run, StateHandle } from "../model-session.ts";
import { networkFor, statesBefore } from "../step-plan.ts";

/** One step that was made to see whether it can be. */
export interface DryStep {
  /** Step number; 0 is the first state, on which diagnostics are run. */
  readonly n: number;
  /** undefined for step 0. */
  readonly network: NetworkPlan | undefined;
  readonly ms: number;
  readonly ranges: ReadonlyMap<string, ValueRange>;
}

export interface ValueRange {
  /** NaN where all values are. */
  readonly min: number;
  readonly max: number;
  readonly nans: number;
}

export interface DryRun {
  readonly model: ModelPackage;
  readonly session: ModelSession;
  readonly run: Run;
  /** The state that stands for step n. */
  readonly stateAt: (n: number) => ModelState | Promise<ModelState>;
  /** How many steps are made in a row from the first state; 0: none but those below. */
  readonly steps: number;
}

/**
 * Steps 1, 2, … in a row, then one of every network that these did not use, from states that stand for those before it.
 * @throws GatewayError what the session throws
 */
export async function* dryRun(options: DryRun, call: CallOptions = {}): AsyncGenerator<DryStep> {
  const { model, steps } = options;
  const used = new Set<NetworkPlan>();
  const held = new HeldStates(options, call);
  try {
    yield await held.first();
    for (let n = 1; n <= steps; n++) {
      const network = networkFor(model, n);
      if (network === undefined) break;
      used.add(network);
      yield await held.step(n, network);
    }
    held.forget();
    for (const [network, n] of firstUses(model)) {
      if (used.has(network)) continue;
      yield await held.step(n, network);
      held.forget();
    }
  } finally {
    held.forget();
  }
}

/** A step number for each network, as early as it has one. */
export function firstUses(model: ModelPackage): ReadonlyMap<NetworkPlan, number> {
  const uses = new Map<NetworkPlan, number>();
  for (const network of model.networks) {
    const { from, to, every } = network.when;
    const first = Math.max(from, network.stride);
    // networks before it in the list may take some of its steps
    const candidates = Array.from({ length: 1000 }, (_, i) => (Math.ceil(first / every) + i) * every);
    const n = candidates.find((one) => one <= to && networkFor(model, one) === network);
    if (n !== undefined) uses.set(network, n);
  }
  return uses;
}

class HeldStates {
  readonly #options: DryRun;
  readonly #call: CallOptions;
  readonly #handles = new Map<number, StateHandle>();

  constructor(options: DryRun, call: CallOptions) {
    this.#options = options;
    this.#call = call;
  }

  async first(): Promise<DryStep> {
    const { session, run, stateAt } = this.#options;
    const state = await stateAt(0);
    const start = performance.now();
    const begun = await session.begin(run, state, { ...this.#call, diagnose: true });
    const ms = performance.now() - start;
    this.#handles.set(0, begun.state);
    const fields: Fields = new Map([...(state.entries[0] ?? []), ...begun.fields]);
    return { n: 0, network: undefined, ms, ranges: rangesOf(fields) };
  }

  async step(n: number, network: NetworkPlan): Promise<DryStep> {
    const { model, session, run, stateAt } = this.#options;
    const from = new Map<number, StateHandle>();
    for (const before of statesBefore(model, n)) {
      const known = this.#handles.get(before);
      const handle = known ?? (await session.begin(run, await stateAt(before), this.#call)).state;
      this.#handles.set(before, handle);
      from.set(before, handle);
    }
    const start = performance.now();
    const [result] = await session.step([{ run, n, from }], this.#call);
    if (result !== undefined) this.#handles.set(n, result.state);
    const fields: Fields = (await result?.fields) ?? new Map<string, Float32Array>();
    const ms = performance.now() - start;
    this.#letGo(n);
    return { n, network, ms, ranges: rangesOf(fields) };
  }

  forget(): void {
    for (const handle of this.#handles.values()) this.#options.session.release(handle);
    this.#handles.clear();
  }

  /** States that no later step of the row goes on from. */
  #letGo(n: number): void {
    const { model, session } = this.#options;
    const oldest = n + 1 - Math.max(...model.networks.map(({ stride }) => stride));
    for (const [step, handle] of this.#handles) {
      if (step >= oldest) continue;
      session.release(handle);
      this.#handles.delete(step);
    }
  }
}

function rangesOf(fields: Fields): ReadonlyMap<string, ValueRange> {
  return new Map([...fields].map(([name, values]) => [name, rangeOf(values)] as const));
}

function rangeOf(values: Float32Array): ValueRange {
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let nans = 0;
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
    if (Number.isNaN(value)) nans += 1;
  }
  return nans === values.length ? { min: Number.NaN, max: Number.NaN, nans } : { min, max, nans };
}
