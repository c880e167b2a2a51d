import { type ChildProcess, fork } from "node:child_process";
import { getCompileCacheDir } from "node:module";
import { GatewayError, siblingModule } from "@zarr-gateway/primitives";
import type { SessionCounts } from "../../model-session.ts";
import type { RuntimeLog } from "../../runtime/runtime-log.ts";
import { restoreFailure } from "./call-failure.ts";
import { childEnvironment } from "./child-environment.ts";
import type { PackedFields } from "./field-files.ts";
import { logLines } from "./logged-lines.ts";
import type { CallRequest, CallResult, FromChild, OpenRequest, ToChild } from "./messages.ts";

type Opened = Omit<FromChild & { readonly type: "opened" }, "type">;

interface Waiting {
  readonly id: number;
  readonly resolve: (result: CallResult) => void;
  readonly reject: (error: GatewayError) => void;
}

/** The server's end of a process that holds a model. It has one call at a time. */
export class ModelChild {
  /** Why it ended, when it has. */
  readonly ended: Promise<GatewayError>;
  counts: SessionCounts = { steps: 0, diagnostics: 0 };
  readonly #process: ChildProcess;
  readonly #log: RuntimeLog;
  readonly #opened = Promise.withResolvers<Opened>();
  readonly #exited = Promise.withResolvers<void>();
  readonly #ended = Promise.withResolvers<GatewayError>();
  #waiting: Waiting | undefined;
  #gone: GatewayError | undefined;
  #nextId = 0;

  constructor(log: RuntimeLog) {
    this.#log = log;
    this.ended = this.#ended.promise;
    this.#opened.promise.catch(() => undefined); // told to whoever waits for it
    this.#process = fork(siblingModule(import.meta.url, "model-process"), {
      serialization: "advanced",
      env: childEnvironment({ NODE_COMPILE_CACHE: getCompileCacheDir(), ...process.env }),
      execArgv: [],
      // a group of its own: what a terminal sends is for the server
      detached: true,
      stdio: ["ignore", "ignore", "pipe", "ipc"],
    });
    this.#process.on("message", (message: FromChild) => this.#receive(message));
    this.#process.on("error", (error) => this.#fail("model_failed", "could not be started", error));
    this.#process.on("exit", (code, signal) => {
      this.#fail("model_failed", signal === null ? `ended with code ${code}` : `was ended by ${signal}`);
      this.#exited.resolve();
    });
    const { stderr, pid } = this.#process;
    if (stderr !== null) logLines(stderr, (line) => log.warn({ pid, line }, "a model's process writes"));
    if (pid === undefined) this.#exited.resolve();
  }

  /** Settles when the system has no such process any more. */
  get exited(): Promise<void> {
    return this.#exited.promise;
  }

  get isAlive(): boolean {
    return this.#gone === undefined;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  open(request: OpenRequest, timeoutMs: number): Promise<Opened> {
    this.#post({ type: "open", request });
    return this.#within(timeoutMs, "loading", this.#opened.promise);
  }

  /** @throws GatewayError what the session throws; model_timeout, and the process is ended, where it takes too long */
  call(request: CallRequest, timeoutMs: number, signal: AbortSignal | undefined): Promise<CallResult> {
    if (this.#gone !== undefined) return Promise.reject(this.#gone);
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<CallResult>();
    this.#waiting = { id, resolve, reject };
    const onAbort = (): void => this.#post({ type: "abort", id });
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#post({ type: "call", id, request });
    return this.#within(timeoutMs, request.call, promise).finally(() =>
      signal?.removeEventListener("abort", onAbort),
    );
  }

  release(state: number): void {
    this.#post({ type: "release", state });
  }

  /** Of a result that was read, or that nobody reads. */
  free(fields: PackedFields): void {
    if (fields.file !== undefined) this.#post({ type: "free", fields });
  }

  /** Ends it at once: nothing in it has to be kept. */
  end(reason: string): void {
    this.#fail("model_failed", reason);
  }

  async #within<Value>(timeoutMs: number, what: string, answer: Promise<Value>): Promise<Value> {
    const stop = (): void => this.#fail("model_timeout", `took longer than ${timeoutMs} ms for ${what}`);
    const timer = Number.isFinite(timeoutMs) ? setTimeout(stop, timeoutMs) : undefined;
    try {
      return await answer;
    } finally {
      clearTimeout(timer);
    }
  }

  #receive(message: FromChild): void {
    switch (message.type) {
      case "opened":
        this.#opened.resolve(message);
        break;
      case "refused":
        this.#opened.reject(restoreFailure(message.failure));
        break;
      case "log":
        this.#log[message.level](message.fields, message.message);
        break;
      case "result":
      case "failure":
        this.#settle(message);
        break;
      default:
        message satisfies never;
    }
  }

  #settle(answer: FromChild & { readonly type: "result" | "failure" }): void {
    this.counts = answer.counts;
    const waiting = this.#waiting;
    if (waiting?.id !== answer.id) return;
    this.#waiting = undefined;
    if (answer.type === "result") waiting.resolve(answer.result);
    else waiting.reject(restoreFailure(answer.failure));
  }

  /** The call that is on its way fails by `code`; later ones find the model gone. */
  #fail(code: "model_failed" | "model_timeout", reason: string, cause?: unknown): void {
    if (this.#gone !== undefined) return;
    this.#gone = new GatewayError("model_failed", `the model's process ${reason}`, {}, cause);
    const error = new GatewayError(code, this.#gone.message, {}, cause);
    this.#opened.reject(error);
    this.#waiting?.reject(error);
    this.#waiting = undefined;
    this.#process.kill("SIGKILL");
    this.#ended.resolve(this.#gone);
  }

  #post(message: ToChild): void {
    if (this.#gone === undefined) this.#process.send(message, undefined, undefined, () => undefined);
  }
}
