import { type CallOptions, createLimiter, GatewayError } from "@zarr-gateway/primitives";
import type { ModelPackage } from "../model-package.ts";
import type {
  Fields,
  ModelSession,
  ModelState,
  Run,
  SessionCounts,
  StateHandle,
  StepRequest,
  StepResult,
} from "../model-session.ts";
import type { Runtime } from "../network.ts";
import { networkFor, statesBefore } from "../step-plan.ts";
import { diagnosticFields } from "./diagnostic-fields.ts";
import { HeldStates } from "./held-states.ts";
import { type LoadedModel, type LoadedNetwork, loadModel } from "./loaded-network.ts";
import { NetworkRunner } from "./network-run.ts";
import { nextState, type StepInProgress, sizeOf } from "./next-state.ts";

export interface SessionOptions {
  readonly model: ModelPackage;
  /** Stays open when the session is closed. */
  readonly runtime: Runtime;
  /** Of one run of one network; no limit where it is absent. */
  readonly stepTimeoutMs?: number;
  /** Runs that one run of a network may carry where its batch axis is free. */
  readonly batchLimit?: number;
  /**
   * Whether arrays of states, those that it is given and those that it hands out, are the session's alone: what it hands out has
   * to be read before its next call, and their memory is given back once no state has them. Without it V8 collects them.
   */
  readonly isLending?: boolean;
}

const BATCH_LIMIT = 8;

/**
 * A model in this process. States share the arrays that a step leaves as they are, and give out the arrays themselves:
 * nobody may change them. Fields of a state may be parts of one array, the network's output.
 * @throws GatewayError model_failed where a graph cannot be loaded; ModelPackageError where one does not fit the package
 */
export async function createModelSession(
  options: SessionOptions,
  call: CallOptions = {},
): Promise<ModelSession> {
  const loaded = await loadModel(options.model, options.runtime, call);
  return new InProcessSession(options, loaded);
}

class InProcessSession implements ModelSession {
  readonly providers: readonly string[];
  readonly maxBatch: number;
  readonly #model: ModelPackage;
  readonly #loaded: LoadedModel;
  readonly #batchLimit: number;
  readonly #runner: NetworkRunner;
  readonly #turns = createLimiter(1);
  readonly #states: HeldStates;
  readonly #counts = { steps: 0, diagnostics: 0 };
  #isClosed = false;

  constructor(
    { model, stepTimeoutMs = Infinity, batchLimit = BATCH_LIMIT, isLending = false }: SessionOptions,
    loaded: LoadedModel,
  ) {
    const all = [...loaded.networks.values(), ...loaded.diagnostics];
    this.#model = model;
    this.#loaded = loaded;
    this.#batchLimit = batchLimit;
    this.#states = new HeldStates(isLending);
    this.#runner = new NetworkRunner(stepTimeoutMs);
    this.providers = [...new Set(all.map(({ network }) => network.provider))];
    this.maxBatch = [...loaded.networks.values()].every(({ isBatched }) => isBatched) ? batchLimit : 1;
  }

  get counts(): SessionCounts {
    return { ...this.#counts };
  }

  get isAlive(): boolean {
    return !this.#isClosed;
  }

  begin(
    run: Run,
    state: ModelState,
    options: CallOptions & { readonly diagnose?: boolean } = {},
  ): Promise<{ readonly state: StateHandle; readonly fields: Fields }> {
    return this.#inTurn(async () => {
      checkState(this.#model, state);
      const [fields = new Map<string, Float32Array>()] = options.diagnose
        ? await this.#diagnose([{ run, state }], options)
        : [];
      const handle = this.#states.keep(state);
      this.#states.lend([fields]);
      return { state: handle, fields };
    }, options);
  }

  step(requests: readonly StepRequest[], options: CallOptions = {}): Promise<readonly StepResult[]> {
    return this.#inTurn(async () => {
      const made: { readonly state: ModelState; readonly fields: Fields }[] = [];
      const [first] = requests;
      if (first === undefined) return [];
      const network = this.#networkOf(requests);
      const size = network.isBatched ? this.#batchLimit : 1;
      for (const part of inParts(requests, size)) made.push(...(await this.#advance(network, part, options)));
      const diagnosed = await this.#diagnose(
        made.map(({ state }, row) => ({ run: requests[row]!.run, state })),
        options,
      );
      const handles = made.map(({ state }) => this.#states.keep(state));
      const published = made.map(({ fields }, row) => new Map([...fields, ...diagnosed[row]!]));
      this.#states.lend(published);
      return handles.map((state, row) => ({ state, fields: Promise.resolve(published[row]!) }));
    }, options);
  }

  read(state: StateHandle, options: CallOptions = {}): Promise<ModelState> {
    return this.#inTurn(() => Promise.resolve(this.#states.get(state)), options);
  }

  release(state: StateHandle): void {
    this.#states.release(state);
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#turns.run(async () => {
      this.#states.clear();
      await this.#loaded.close();
    });
  }

  async #advance(
    network: LoadedNetwork,
    requests: readonly StepRequest[],
    options: CallOptions,
  ): Promise<ReturnType<StepInProgress["finish"]>[]> {
    const steps = requests.map(({ run, n, from }) => {
      const states = new Map(statesBefore(this.#model, n).map((step) => [step, this.#stateAt(step, from)]));
      const start = n - network.plan.stride;
      const { entries } = states.get(start)!;
      const progress = nextState(this.#model, network, { n, from: states });
      return { progress, row: { input: { run, n, start, entries }, output: progress.output } };
    });
    await this.#runner.run(
      network,
      steps.map(({ row }) => row),
      options,
    );
    this.#counts.steps += steps.length;
    return steps.map(({ progress }) => progress.finish());
  }

  async #diagnose(
    rows: readonly { readonly run: Run; readonly state: ModelState }[],
    options: CallOptions,
  ): Promise<Map<string, Float32Array>[]> {
    const fields = rows.map(() => diagnosticFields(this.#model));
    for (const network of this.#loaded.diagnostics)
      for (const part of inParts([...rows.keys()], network.isBatched ? this.#batchLimit : 1)) {
        const parts = part.map((row) => ({ input: inputOf(rows[row]!), output: fields[row]!.output }));
        await this.#runner.run(network, parts, options);
        this.#counts.diagnostics += part.length;
      }
    return fields.map((one) => one.written);
  }

  #networkOf(requests: readonly StepRequest[]): LoadedNetwork {
    const plans = new Set(requests.map(({ n }) => networkFor(this.#model, n)));
    const [plan] = plans;
    const network = plans.size === 1 && plan !== undefined ? this.#loaded.networks.get(plan) : undefined;
    if (network !== undefined) return network;
    const steps = requests.map(({ n }) => n).join(", ");
    throw new GatewayError("internal", `expected steps that one network makes, came ${steps}`);
  }

  #stateAt(step: number, from: ReadonlyMap<number, StateHandle>): ModelState {
    const handle = from.get(step);
    const state = handle === undefined ? undefined : this.#states.get(handle);
    if (state?.n === step) return state;
    throw new GatewayError("internal", `expected a state of step ${step}, came ${state?.n ?? "none"}`);
  }

  #inTurn<Value>(work: () => Promise<Value>, options: CallOptions): Promise<Value> {
    return this.#turns.run(async () => {
      if (this.#isClosed) throw new GatewayError("model_failed", "the model was closed");
      this.#states.sweep();
      try {
        return await work();
      } catch (error) {
        this.#states.abandon();
        throw error;
      }
    }, options);
  }
}

function inputOf({ run, state }: { readonly run: Run; readonly state: ModelState }) {
  return { run, n: state.n, start: state.n, entries: state.entries };
}

function inParts<Item>(items: readonly Item[], size: number): Item[][] {
  const parts: Item[][] = [];
  for (let start = 0; start < items.length; start += size) parts.push(items.slice(start, start + size));
  return parts;
}

function checkState(model: ModelPackage, { entries }: ModelState): void {
  if (entries.length < model.history)
    throw new GatewayError("internal", `expected a state of ${model.history} times, came ${entries.length}`);
  for (const fields of entries)
    for (const { name, role, levels } of model.variables) {
      const expected = sizeOf(model, { role, ...(levels !== undefined && { levels }) });
      const came = fields.get(name)?.length ?? 0;
      if (role === "state" && came !== expected)
        throw new GatewayError("internal", `expected ${expected} values of ${name}, came ${came}`);
    }
}
