import { GatewayError } from "@zarr-gateway/primitives";
import type { ModelPackage } from "../../model-package.ts";
import type {
  Fields,
  ModelSession,
  ModelState,
  Run,
  StateHandle,
  StepRequest,
  StepResult,
} from "../../model-session.ts";
import { networkFor, statesBefore } from "../../step-plan.ts";
import type { FakeClock } from "./fake-clock.ts";
import { toyDiagnostics, toyStep } from "./toy-model.ts";

export interface ToySessionOptions {
  readonly model: ModelPackage;
  readonly clock?: FakeClock;
  readonly stepMs?: number;
  readonly maxBatch?: number;
  /** Whether it cannot say if it lives. */
  readonly isMute?: boolean;
  /** How long fields are on their way after a step. */
  readonly fieldsMs?: number;
  /** Told before fields of a step come; what it throws loses them. */
  readonly beforeFields?: (n: number) => void;
  /** Told before each call of the model; what it throws fails it. An error with `dies` takes the session along. */
  readonly beforeStep?: (requests: readonly StepRequest[]) => void;
}

export class Death extends GatewayError {
  constructor(message = "the process has died") {
    super("model_failed", message);
  }
}

/** A model that is arithmetic, and counts. */
export class ToySession implements ModelSession {
  readonly providers = ["cpu"];
  readonly maxBatch: number;
  readonly counts = { steps: 0, diagnostics: 0 };
  readonly states = new Map<StateHandle, ModelState>();
  /** Calls of `step`: which run and step numbers each had. */
  readonly calls: string[] = [];
  begun = 0;
  mostStates = 0;
  #isDead = false;
  #next = 1;
  #isBusy = false;
  readonly #options: ToySessionOptions;

  constructor(options: ToySessionOptions) {
    this.#options = options;
    this.maxBatch = options.maxBatch ?? 1;
  }

  get isAlive(): boolean {
    // a session may leave it out; the contract's optional member cannot be a getter that is sometimes undefined
    return (this.#options.isMute ? undefined : !this.#isDead) as boolean;
  }

  async begin(_run: Run, state: ModelState, options: { readonly diagnose?: boolean } = {}) {
    this.#check();
    await Promise.resolve();
    this.begun += 1;
    if (state.entries.length !== this.#options.model.history) throw new Error("wrong history");
    if (options.diagnose) this.counts.diagnostics += 1;
    const fields = options.diagnose ? toyDiagnostics(state) : new Map<string, Float32Array>();
    return { state: this.#hold(state), fields };
  }

  async step(requests: readonly StepRequest[]): Promise<readonly StepResult[]> {
    this.#check();
    if (this.#isBusy) throw new Error("two calls at once");
    if (requests.length > this.maxBatch) throw new Error("too many runs");
    this.#isBusy = true;
    try {
      await this.#options.clock?.sleep(this.#options.stepMs ?? 0);
      this.#check();
      this.#options.beforeStep?.(requests);
      this.calls.push(requests.map(({ run, n }) => `${run.initialTime.day}/${run.member}:${n}`).join(" "));
      return requests.map((request) => this.#one(request, requests));
    } catch (error) {
      if (error instanceof Death) this.die();
      throw error;
    } finally {
      this.#isBusy = false;
    }
  }

  async read(state: StateHandle): Promise<ModelState> {
    this.#check();
    await Promise.resolve();
    return this.#state(state);
  }

  release(state: StateHandle): void {
    if (!this.#isDead && !this.states.delete(state)) throw new Error(`state ${state} is not held`);
  }

  close(): Promise<void> {
    this.die();
    return Promise.resolve();
  }

  die(): void {
    this.#isDead = true;
    this.states.clear();
  }

  #one({ run, n, from }: StepRequest, all: readonly StepRequest[]): StepResult {
    const { model } = this.#options;
    if (networkFor(model, n) !== networkFor(model, all[0]?.n ?? 0))
      throw new Error("two networks in a batch");
    const wanted = statesBefore(model, n);
    if (wanted.some((before) => !from.has(before))) throw new Error(`step ${n} has not all states`);
    const place = { init: run.initialTime.day, member: run.member, n };
    const state = toyStep(model, place, (before) => {
      const held = this.#state(from.get(before) ?? 0);
      if (held.n !== before) throw new Error(`the state is of step ${held.n}, not ${before}`);
      return held;
    });
    this.counts.steps += 1;
    this.counts.diagnostics += 1;
    const fields = new Map([...(state.entries[0] ?? []), ...toyDiagnostics(state)]);
    return { state: this.#hold(state), fields: this.#sent(n, fields) };
  }

  #sent(n: number, fields: Fields): Promise<Fields> {
    const { clock, fieldsMs, beforeFields } = this.#options;
    const travel = fieldsMs === undefined ? undefined : clock?.sleep(fieldsMs);
    const sent = Promise.resolve(travel).then(() => {
      beforeFields?.(n);
      return fields;
    });
    sent.catch(() => undefined); // told to whoever wants them
    return sent;
  }

  #hold(state: ModelState): StateHandle {
    const handle = this.#next++;
    this.states.set(handle, state);
    this.mostStates = Math.max(this.mostStates, this.states.size);
    return handle;
  }

  #state(handle: StateHandle): ModelState {
    const state = this.states.get(handle);
    if (state === undefined) throw new Error(`state ${handle} is not held`);
    return state;
  }

  #check(): void {
    if (this.#isDead) throw new GatewayError("model_failed", "the session is closed");
  }
}
