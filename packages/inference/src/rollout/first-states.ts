import { type CallOptions, GatewayError, Limiter, SingleFlight } from "@zarr-gateway/primitives";
import type { InitialConditions } from "../initial-conditions.ts";
import type { ModelState } from "../model-session.ts";
import type { KeptSteps } from "./kept-steps.ts";
import type { RolloutClock } from "./rollout-options.ts";
import { type RunPlace, runKey } from "./rollout-run.ts";

export interface FirstStatesOptions {
  readonly conditions: InitialConditions;
  readonly kept: KeptSteps;
  readonly history: number;
  readonly clock: RolloutClock;
  readonly maxWaiters: number;
  readonly maxWaitMs: number;
}

/** Analyses read at once for those who only want them published. */
const MAX_READS = 4;

/** States at step number 0, each made once however many ask, and kept. */
export class FirstStates {
  readonly #options: FirstStatesOptions;
  readonly #flights = new SingleFlight<string, ModelState>();
  readonly #reads: Limiter;

  constructor(options: FirstStatesOptions) {
    this.#options = options;
    this.#reads = new Limiter(MAX_READS, options.maxWaiters);
  }

  /** How many are being made. */
  get size(): number {
    return this.#flights.size;
  }

  state(place: RunPlace, options: CallOptions): Promise<ModelState> {
    return this.#flights.run(runKey(place), (shared) => this.#make(place, shared), options);
  }

  /** A state variable as it is at step number 0. */
  field(
    { variable, ...place }: RunPlace & { readonly variable: string },
    options: CallOptions,
  ): Promise<Float32Array> {
    const read = async (call: CallOptions): Promise<Float32Array> => {
      const known = this.#options.kept.peek(runKey(place), 0, variable);
      if (known) return known;
      const values = (await this.state(place, call)).entries[0]?.get(variable);
      if (values === undefined)
        throw new GatewayError("internal", `the first state has no variable "${variable}"`);
      return values;
    };
    const { clock, maxWaitMs } = this.#options;
    const late = new AbortController();
    const stopTimer = clock.after(maxWaitMs, () => late.abort(tooLate(maxWaitMs)));
    const signals = options.signal ? [options.signal, late.signal] : [late.signal];
    const call = { ...options, signal: AbortSignal.any(signals) };
    return this.#reads.run(() => read(call), call).finally(stopTimer);
  }

  async #make(place: RunPlace, options: CallOptions): Promise<ModelState> {
    const { conditions, kept, history, clock } = this.#options;
    const key = runKey(place);
    const known = await kept.restore(key, 0, options);
    if (known) return known;
    const startMs = clock.now();
    const state = await conditions.state(place, options);
    const fields = state.entries[0];
    if (fields === undefined || state.entries.length !== history) {
      const came = state.entries.length;
      throw new GatewayError("internal", `the first state has ${came} times, the model wants ${history}`);
    }
    const costMs = clock.now() - startMs;
    await Promise.all([kept.keep(key, { n: 0, fields }, costMs), kept.keepState(key, state, costMs)]);
    return state;
  }
}

function tooLate(maxWaitMs: number): GatewayError {
  const seconds = Math.round(maxWaitMs / 100) / 10;
  return new GatewayError("overloaded", `the analysis could not be read within ${seconds} s, ask again`);
}
