import { type CallOptions, createLimiter, GatewayError, untilAborted } from "@zarr-gateway/primitives";
import type {
  Fields,
  ModelSession,
  ModelState,
  Run,
  SessionCounts,
  StateHandle,
  StepRequest,
  StepResult,
} from "../../model-session.ts";
import type { FieldFiles, PackedFields } from "./field-files.ts";
import type { CallRequest, CallResult } from "./messages.ts";
import type { ModelChild } from "./model-child.ts";
import { residentBytes } from "./resident-bytes.ts";

export interface ProcessParts {
  readonly child: ModelChild;
  readonly files: FieldFiles;
  /** Settles when the process has gone and its files too. */
  readonly removed: Promise<void>;
  readonly stepTimeoutMs: number;
  readonly memoryLimit: number | undefined;
}

const MEMORY_INTERVAL_MS = 250;
const MAX_CLOSE_MS = 2000;

/** The session that a process holds. */
export class ProcessSession implements ModelSession {
  readonly providers: readonly string[];
  readonly maxBatch: number;
  readonly pid: number;
  readonly ended: Promise<GatewayError>;
  readonly #parts: ProcessParts;
  readonly #turns = createLimiter(1);
  #lastCall = performance.now();
  isClosed = false;

  constructor(
    opened: { readonly providers: readonly string[]; readonly maxBatch: number },
    parts: ProcessParts,
  ) {
    this.providers = opened.providers;
    this.maxBatch = opened.maxBatch;
    this.pid = parts.child.pid ?? 0; // a process that has opened a model has one
    this.ended = parts.child.ended;
    this.#parts = parts;
  }

  get isAlive(): boolean {
    return this.#parts.child.isAlive;
  }

  get idleMs(): number {
    return this.#turns.running > 0 ? 0 : performance.now() - this.#lastCall;
  }

  get counts(): SessionCounts {
    return this.#parts.child.counts;
  }

  async begin(
    run: Run,
    state: ModelState,
    options: CallOptions & { readonly diagnose?: boolean } = {},
  ): Promise<{ readonly state: StateHandle; readonly fields: Fields }> {
    options.signal?.throwIfAborted();
    const entries = await this.#write(state.entries);
    const request = {
      call: "begin",
      run,
      n: state.n,
      entries,
      isDiagnosed: options.diagnose === true,
    } as const;
    try {
      const { states, fields } = await this.#call(request, this.#parts.stepTimeoutMs, options);
      const [all] = await this.#read(fields);
      return { state: states[0]!, fields: all! }; // `begin` is answered by one of each
    } catch (error) {
      await this.#parts.files.remove(entries); // not read, where its turn never came
      throw error;
    }
  }

  async step(requests: readonly StepRequest[], options: CallOptions = {}): Promise<readonly StepResult[]> {
    const timeoutMs = this.#parts.stepTimeoutMs * Math.max(1, requests.length);
    const { states, fields } = await this.#call({ call: "step", requests }, timeoutMs, options);
    const all = this.#read(fields); // while the process goes on
    return states.map((state, i) => ({ state, fields: fieldsOf(all, i) }));
  }

  async read(state: StateHandle, options: CallOptions = {}): Promise<ModelState> {
    const { n, fields } = await this.#call({ call: "read", state }, this.#parts.stepTimeoutMs, options);
    return { n, entries: await this.#read(fields) };
  }

  release(state: StateHandle): void {
    this.#parts.child.release(state);
  }

  residentBytes(): Promise<number | undefined> {
    return residentBytes(this.pid);
  }

  async close(): Promise<void> {
    const { child, removed } = this.#parts;
    this.isClosed = true;
    child.end("was closed");
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, MAX_CLOSE_MS);
    await Promise.race([removed, promise]);
    clearTimeout(timer);
  }

  async #call(request: CallRequest, timeoutMs: number, { signal }: CallOptions): Promise<CallResult> {
    signal?.throwIfAborted();
    this.#lastCall = performance.now();
    const done = this.#turns.run(
      async () => {
        const result = await this.#watched(() => this.#parts.child.call(request, timeoutMs, signal));
        if (signal?.aborted === true) this.#drop(result);
        signal?.throwIfAborted();
        return result;
      },
      { signal },
    );
    return untilAborted(done, signal);
  }

  async #watched<Value>(work: () => Promise<Value>): Promise<Value> {
    const { child, memoryLimit } = this.#parts;
    if (memoryLimit === undefined) return work();
    const look = async (): Promise<void> => {
      const bytes = (await this.residentBytes()) ?? 0;
      if (bytes > memoryLimit) child.end(`took ${bytes} bytes of memory, more than ${memoryLimit}`);
    };
    const timer = setInterval(() => void look(), MEMORY_INTERVAL_MS);
    try {
      return await work();
    } finally {
      clearInterval(timer);
    }
  }

  /** Of a call that nobody waits for any more. */
  #drop({ states, fields }: CallResult): void {
    for (const state of states) this.release(state);
    this.#parts.child.free(fields);
  }

  #write(all: readonly Fields[]): Promise<PackedFields> {
    return this.#parts.files.write(all).catch((error: unknown) => {
      throw new GatewayError("model_failed", "a state could not be handed to the model's process", {}, error);
    });
  }

  async #read(fields: PackedFields): Promise<Fields[]> {
    try {
      return await this.#parts.files.read(fields);
    } catch (error) {
      throw new GatewayError("model_failed", "what the model's process made is gone", {}, error);
    } finally {
      this.#lastCall = performance.now();
      this.#parts.child.free(fields);
    }
  }
}

/** Of one request of a call, which has one result for each. */
function fieldsOf(all: Promise<readonly Fields[]>, request: number): Promise<Fields> {
  const fields = all.then((results) => results[request]!);
  fields.catch(() => undefined); // told to whoever wants them
  return fields;
}
