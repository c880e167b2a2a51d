import { Worker } from "node:worker_threads";
import { ERROR_CODES, type ErrorCode, GatewayError } from "../errors.ts";
import { siblingModule } from "../sibling-module.ts";
import { untilAborted } from "../single-flight.ts";
import type { RunOptions, WorkerPool, WorkerTask } from "../worker-pool.ts";
import type { PoolError, PoolRequest, PoolResponse } from "./worker-thread.ts";

export interface WorkerPoolOptions {
  readonly threads: number;
  /** Calls that may wait for a thread; past it `run` fails with `overloaded`. */
  readonly maxQueue: number;
  /** JavaScript heap of one thread; past it the thread dies, and only its call fails. */
  readonly maxHeapMiB?: number;
}

interface Job {
  readonly request: PoolRequest;
  readonly transfer: readonly ArrayBuffer[];
  readonly timeoutMs: number | undefined;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** One thread and the call it works on. Threads start when first needed and keep the process alive only while busy. */
class Thread {
  readonly #worker: Worker;
  readonly #onIdle: (thread: Thread) => void;
  readonly #onExit: (thread: Thread) => void;
  #job: Job | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(maxHeapMiB: number, onIdle: (thread: Thread) => void, onExit: (thread: Thread) => void) {
    this.#onIdle = onIdle;
    this.#onExit = onExit;
    this.#worker = new Worker(siblingModule(import.meta.url, "worker-thread"), {
      resourceLimits: { maxOldGenerationSizeMb: maxHeapMiB },
    });
    this.#worker.unref();
    this.#worker.on("message", (response: PoolResponse) => this.#receive(response));
    this.#worker.on("error", (error) =>
      this.#fail(new GatewayError("internal", "a worker thread failed", {}, error)),
    );
    this.#worker.on("exit", () => {
      this.#fail(new GatewayError("internal", "a worker thread ended during a call"));
      this.#onExit(this);
    });
  }

  start(job: Job): void {
    this.#job = job;
    this.#worker.ref();
    if (job.timeoutMs !== undefined) {
      this.#timer = setTimeout(() => {
        this.#fail(new GatewayError("upstream", `${job.request.name} took longer than ${job.timeoutMs} ms`));
        void this.end();
      }, job.timeoutMs);
    }
    try {
      this.#worker.postMessage(job.request, job.transfer);
    } catch (error) {
      this.#settle(() => job.reject(error)); // an input that cannot be cloned
      this.#onIdle(this);
    }
  }

  end(): Promise<number> {
    return this.#worker.terminate();
  }

  #receive(response: PoolResponse): void {
    const job = this.#job;
    if (job?.request.id !== response.id) return;
    this.#settle(() => (response.ok ? job.resolve(response.value) : job.reject(restore(response.error))));
    this.#worker.unref();
    this.#onIdle(this);
  }

  #fail(error: GatewayError): void {
    const job = this.#job;
    if (job) this.#settle(() => job.reject(error));
  }

  #settle(tell: () => void): void {
    clearTimeout(this.#timer);
    this.#job = undefined;
    tell();
  }
}

/** Worker threads that start on demand, take calls in order, and are replaced when they die. */
export class ThreadWorkerPool implements WorkerPool {
  readonly #options: WorkerPoolOptions;
  readonly #queue = new Set<Job>();
  readonly #laterSteps = new Set<Job>();
  readonly #threads = new Set<Thread>();
  readonly #idle: Thread[] = [];
  #nextId = 0;
  #closed = false;

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
  }

  get queued(): number {
    return this.#queue.size + this.#laterSteps.size;
  }
  get running(): number {
    return this.#threads.size - this.#idle.length;
  }

  run<Input, Output>(
    task: WorkerTask<Input, Output>,
    input: Input,
    options: RunOptions = {},
  ): Promise<Output> {
    if (this.#closed) return Promise.reject(new GatewayError("overloaded", "the server is stopping"));
    if (this.queued >= this.#options.maxQueue) {
      return Promise.reject(
        new GatewayError("overloaded", `${this.queued} tasks are waiting for a thread, try again later`),
      );
    }
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const job: Job = {
      request: { id: this.#nextId++, module: task.module.href, name: task.name, input },
      transfer: options.transfer ?? [],
      timeoutMs: options.timeoutMs,
      resolve,
      reject,
    };
    (options.isLaterStep === true ? this.#laterSteps : this.#queue).add(job);
    this.#dispatch();
    return this.#untilAborted(job, promise, options.signal) as Promise<Output>; // the task's type says what it returns
  }

  /**
   * A caller that leaves stops waiting; a call that already runs goes on and its answer is dropped, because ending
   * a thread costs more than finishing.
   */
  async #untilAborted(
    job: Job,
    promise: Promise<unknown>,
    signal: AbortSignal | undefined,
  ): Promise<unknown> {
    try {
      return await untilAborted(promise, signal);
    } finally {
      this.#forget(job);
    }
  }

  #forget(job: Job): void {
    this.#queue.delete(job);
    this.#laterSteps.delete(job);
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const job of [...this.#laterSteps, ...this.#queue]) {
      job.reject(new GatewayError("overloaded", "the server is stopping"));
      this.#forget(job);
    }
    await Promise.all([...this.#threads].map((thread) => thread.end()));
  }

  #dispatch(): void {
    for (;;) {
      const [job] = this.#laterSteps.size > 0 ? this.#laterSteps : this.#queue;
      if (!job) return;
      const thread = this.#idle.pop() ?? this.#spawn();
      if (!thread) return;
      this.#forget(job);
      thread.start(job);
    }
  }

  #spawn(): Thread | undefined {
    if (this.#threads.size >= this.#options.threads) return undefined;
    const thread = new Thread(
      this.#options.maxHeapMiB ?? 1024,
      (idle) => {
        this.#idle.push(idle);
        this.#dispatch();
      },
      (gone) => {
        this.#threads.delete(gone);
        const position = this.#idle.indexOf(gone);
        if (position >= 0) this.#idle.splice(position, 1);
        if (!this.#closed) this.#dispatch();
      },
    );
    this.#threads.add(thread);
    return thread;
  }
}

function restore(error: PoolError): Error {
  if (error.name === "GatewayError" && isErrorCode(error.code)) {
    return new GatewayError(error.code, error.message, error.details ?? {});
  }
  const restored = new Error(error.message);
  restored.name = error.name;
  if (error.stack !== undefined) restored.stack = error.stack;
  return restored;
}

function isErrorCode(code: string | undefined): code is ErrorCode {
  return (ERROR_CODES as readonly (string | undefined)[]).includes(code);
}

export function createWorkerPool(options: WorkerPoolOptions): WorkerPool {
  return new ThreadWorkerPool(options);
}
