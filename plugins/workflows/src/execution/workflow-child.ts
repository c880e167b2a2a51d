import { type ChildHandle, formatExit, type Json, startChild } from "@zarr-gateway/jobs";
import { type CallOptions, GatewayError, untilAborted } from "@zarr-gateway/primitives";
import type {
  FromWorkflow,
  RunRequest,
  ToWorkflow,
  WorkflowFacts,
  WorkflowFailure,
  WorkflowPlace,
} from "../child/messages.ts";
import type { LoadRequest, RunWatch } from "./child-calls.ts";
import { checkFailure, refused, runFailure } from "./child-failures.ts";
import type { ChildProgram } from "./child-program.ts";
import { hiddenFields, hiddenListener } from "./hidden-listener.ts";
import { type HiddenPath, type Hide, hidingPaths } from "./hidden-paths.ts";
import { PrintedLines } from "./printed-lines.ts";
import { watchRun } from "./watched-limits.ts";

export interface WorkflowChildOptions {
  readonly program: ChildProgram;
  /** Between being told to stop and SIGTERM, and again until SIGKILL; 5 s unless told. */
  readonly graceMs?: number;
  /** Lines that no run is there for. */
  readonly onLine: (line: string) => void;
  /** What nobody is told of where things lie. */
  readonly hidden?: readonly HiddenPath[];
}

const GRACE_MS = 5000;

interface Waiting {
  readonly receive: (message: FromWorkflow) => void;
  readonly fail: (error: GatewayError) => void;
}

/** The server's end of a process that runs workflows: one run at a time, checks beside each other. */
export class WorkflowChild {
  readonly exited: Promise<unknown>;
  readonly #handle: ChildHandle;
  readonly #options: WorkflowChildOptions;
  readonly #hello = Promise.withResolvers<number>();
  readonly #checks = new Map<number, Waiting>();
  readonly #hide: Hide;
  #current: Waiting | undefined;
  #onLine: (line: string) => void;
  #gone: GatewayError | undefined;
  #lastHeard = performance.now();
  #nextCheck = 1;
  #lastWords: string | undefined;

  constructor(options: WorkflowChildOptions) {
    this.#options = options;
    this.#onLine = options.onLine;
    this.#hide = hidingPaths(options.hidden ?? []);
    const { command, args, env } = options.program;
    this.#handle = startChild({ command, args, env, killAfterMs: options.graceMs ?? GRACE_MS });
    this.#handle.onText((line) => this.#onLine(line));
    this.#hello.promise.catch(() => undefined); // told to who waits for an answer
    void this.#listen();
    this.exited = this.#handle.exited.then((exit) =>
      this.#fail(this.#lastWords ?? `the workflow's process ${formatExit(exit)}`),
    );
  }

  get isAlive(): boolean {
    return this.#gone === undefined;
  }

  /** @throws GatewayError internal with the reason why the file gives none */
  async describe(
    asked: { readonly place: WorkflowPlace; readonly configs: { readonly [name: string]: Json } },
    timeoutMs: number,
  ): Promise<readonly WorkflowFacts[]> {
    const answer = await this.#ask({ type: "describe", ...asked }, ["described", "refused"], timeoutMs);
    if (answer.type === "described") return answer.workflows;
    throw refused(answer, this.#hide);
  }

  /** Reads the workflow and does its `setup`. @throws GatewayError with the reason */
  async load({ place, config, timeoutMs, onLine }: LoadRequest): Promise<void> {
    if (onLine !== undefined) this.#onLine = (line) => onLine(this.#hide(line));
    try {
      const answer = await this.#ask({ type: "load", place, config }, ["loaded", "refused"], timeoutMs);
      if (answer.type !== "loaded") throw refused(answer, this.#hide);
    } finally {
      this.#onLine = this.#options.onLine;
    }
  }

  /** @throws GatewayError invalid_request for parameters that the workflow does not take */
  async check(
    asked: { readonly place: WorkflowPlace; readonly config: Json; readonly parameters: Json },
    timeoutMs: number,
    { signal }: CallOptions = {},
  ): Promise<void> {
    if (this.#gone !== undefined) throw this.#gone;
    const id = this.#nextCheck++;
    const { promise, resolve, reject } = Promise.withResolvers<WorkflowFailure | undefined>();
    const receive = (message: FromWorkflow): void => {
      if (message.type === "checked") resolve(message.failure);
    };
    this.#checks.set(id, { receive, fail: reject });
    const timer = setTimeout(
      () => void this.stop(`took longer than ${timeoutMs} ms to check parameters`),
      timeoutMs,
    );
    try {
      this.#post({ type: "check", id, ...asked });
      const failure = await untilAborted(promise, signal);
      if (failure !== undefined) throw checkFailure(failure, this.#hide);
    } finally {
      clearTimeout(timer);
      this.#checks.delete(id);
      if (signal?.aborted === true) this.#post({ type: "abort", id });
    }
  }

  /**
   * Runs what was loaded. When the signal aborts, the workflow is told; where it does not end within the grace, its
   * process is ended.
   * @returns what `run` gave back
   * @throws GatewayError why it failed; the signal's reason
   */
  async run(request: RunRequest, watch: RunWatch): Promise<{ readonly [key: string]: Json }> {
    const { limits, signal, folder } = watch;
    const own = [request.folder, folder].map((path) => ({ path, shown: "" }));
    const hide = hidingPaths([...own, ...(this.#options.hidden ?? [])]);
    const listener = hiddenListener(watch.listener, hide);
    signal.throwIfAborted();
    const pid = await this.#hello.promise;
    const { promise, resolve, reject } = Promise.withResolvers<
      FromWorkflow & { readonly type: "done" | "failed" }
    >();
    let excess: string | undefined;
    const receive = (message: FromWorkflow): void => {
      if (message.type === "progress") listener.progress(message.news);
      else if (message.type === "metadata") listener.metadata(message.update);
      else if (message.type === "log") listener.log(message.text);
      else if (message.type === "done" || message.type === "failed") resolve(message);
    };
    this.#current = { receive, fail: reject };
    const printed = new PrintedLines(request.mark, (line) => listener.log(line));
    this.#onLine = (line) => printed.take(line);
    this.#lastHeard = performance.now();
    const unwatch = watchRun({ pid, folder, lastHeard: () => this.#lastHeard }, limits, (reason) => {
      excess = reason;
      void this.stop(reason);
    });
    const onAbort = (): void => this.#abort();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      this.#post({ type: "run", run: request });
      const end = await promise;
      await printed.allRead();
      signal.throwIfAborted();
      if (end.type === "failed") throw runFailure(end.failure, hide);
      return hiddenFields(end.metadata, hide);
    } catch (error) {
      if (excess !== undefined) throw new GatewayError("model_failed", `the workflow ${excess}`, {}, error);
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener("abort", onAbort);
      unwatch();
      this.#current = undefined;
      this.#onLine = this.#options.onLine;
    }
  }

  stop(reason: string): Promise<void> {
    this.#fail(`the workflow's process was ended: ${reason}`);
    return this.#handle.stop(reason);
  }

  /** Asks politely first; the run itself rejects when it has ended, one way or the other. */
  #abort(): void {
    this.#post({ type: "abort" });
    const current = this.#current;
    const timer = setTimeout(() => {
      if (this.#current !== undefined && this.#current === current)
        void this.stop("it did not end when it was cancelled");
    }, this.#options.graceMs ?? GRACE_MS);
    timer.unref();
  }

  async #ask(
    message: ToWorkflow,
    answers: readonly FromWorkflow["type"][],
    timeoutMs: number,
  ): Promise<FromWorkflow> {
    if (this.#gone !== undefined) throw this.#gone;
    const { promise, resolve, reject } = Promise.withResolvers<FromWorkflow>();
    const receive = (answer: FromWorkflow): void => {
      if (answers.includes(answer.type)) resolve(answer);
      else if (answer.type === "log") this.#onLine(answer.text);
    };
    this.#current = { receive, fail: reject };
    const timer = setTimeout(
      () => void this.stop(`took longer than ${timeoutMs} ms to ${message.type}`),
      timeoutMs,
    );
    try {
      this.#post(message);
      return await promise;
    } finally {
      clearTimeout(timer);
      this.#current = undefined;
    }
  }

  #post(message: ToWorkflow): void {
    // a process that is gone is told by its end
    this.#handle.send(message as unknown as Json).catch(() => undefined); // messages are JSON
  }

  async #listen(): Promise<void> {
    for await (const message of this.#handle.messages) this.#receive(message as unknown as FromWorkflow); // the child's own words
  }

  #receive(message: FromWorkflow): void {
    this.#lastHeard = performance.now();
    if (message.type === "hello") this.#hello.resolve(message.pid);
    else if (message.type === "crashed")
      this.#lastWords = `the workflow threw where nothing awaits it: ${message.message}`;
    else if (message.type === "checked") this.#checks.get(message.id)?.receive(message);
    else if (message.type !== "beat") this.#current?.receive(message);
  }

  #fail(reason: string): void {
    if (this.#gone !== undefined) return;
    this.#gone = new GatewayError("model_failed", this.#hide(reason));
    this.#hello.reject(this.#gone);
    this.#current?.fail(this.#gone);
    for (const check of this.#checks.values()) check.fail(this.#gone);
  }
}
