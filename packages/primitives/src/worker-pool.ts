import type { CallOptions } from "./call-options.ts";

/**
 * A function that runs on another thread, named by the module that exports it.
 * The function gets the input by structured clone and returns an output of the same kind;
 * an `ArrayBuffer` listed in `transfer` moves instead of being copied.
 */
export interface WorkerTask<Input, Output> {
  readonly module: URL;
  readonly name: string;
  /** Never set: carries the types of input and output. */
  readonly types?: (input: Input) => Output;
}

/** What a task returns when some of its buffers should move to the caller instead of being copied. */
export interface Transferred<Output> {
  readonly value: Output;
  readonly transfer: readonly ArrayBuffer[];
}

export interface RunOptions extends CallOptions {
  readonly transfer?: readonly ArrayBuffer[];
  /**
   * Goes before calls without it. For the later steps of work in several: what is nearly done holds the most memory, and
   * would otherwise wait behind the first steps of all that came after.
   */
  readonly isLaterStep?: boolean;
  /** After this time the thread is ended, a new one takes its place, and the call fails with `upstream`. */
  readonly timeoutMs?: number;
}

/** Threads for everything that would hold the event loop for more than 10 ms. */
export interface WorkerPool {
  /** @throws GatewayError overloaded when the queue is full; whatever the task threw otherwise. */
  run<Input, Output>(task: WorkerTask<Input, Output>, input: Input, options?: RunOptions): Promise<Output>;
  /** Calls that wait for a thread now. */
  readonly queued: number;
  readonly running: number;
  close(): Promise<void>;
}
