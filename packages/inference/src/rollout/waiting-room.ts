import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import type { Fields } from "../model-session.ts";
import type { FieldRequest } from "../rollouts.ts";
import { FairQueue } from "./fair-queue.ts";
import type { RolloutClock } from "./rollout-options.ts";
import type { RolloutRun, Waiter } from "./rollout-run.ts";

export interface WaitingRoomOptions {
  readonly clock: RolloutClock;
  readonly maxWaitMs: number;
  readonly maxQueuedRuns: number;
  readonly maxWaiters: number;
  /** Told when a waiter's time is over; what it answers is thrown. */
  readonly late: (run: RolloutRun, n: number) => GatewayError;
  /** Told when the last who waited for a run has gone without an answer. */
  readonly deserted: (run: RolloutRun) => void;
}

/** What those are told who waited for one step. */
export interface Answer {
  readonly count: number;
  give(fields: Fields): void;
  fail(error: unknown): void;
}

/** Everyone who waits, by run and by client. */
export class WaitingRoom {
  readonly queue = new FairQueue<RolloutRun>();
  readonly #options: WaitingRoomOptions;
  readonly #runs = new Set<RolloutRun>();
  #waiters = 0;

  constructor(options: WaitingRoomOptions) {
    this.#options = options;
  }

  get waiters(): number {
    return this.#waiters;
  }
  /** Runs that someone waits for. */
  get runs(): ReadonlySet<RolloutRun> {
    return this.#runs;
  }

  /**
   * Whether there is room for one more. When all places are taken a client that has none is still let in, up to a quarter
   * more, so that one with many runs does not shut the door on others.
   */
  hasRoomFor(run: RolloutRun | undefined, client: string): boolean {
    const { maxQueuedRuns, maxWaiters } = this.#options;
    if (this.#waiters >= maxWaiters) return false;
    if (run?.isWaitedFor === true || this.#runs.size < maxQueuedRuns) return true;
    const isNewcomer = [...this.queue.runsOf(client)].length === 0;
    return isNewcomer && this.#runs.size < Math.ceil(maxQueuedRuns * 1.25);
  }

  /** Waits for a field of a run; leaves when the signal aborts, or the time is over. */
  enter(
    run: RolloutRun,
    { n, variable }: FieldRequest,
    { signal, timings, client = "" }: CallOptions,
  ): Promise<Float32Array> {
    const { clock, maxWaitMs, late } = this.#options;
    const enteredMs = clock.now();
    return new Promise<Float32Array>((resolve, reject) => {
      const done = (): void => {
        stopTimer();
        signal?.removeEventListener("abort", onAbort);
      };
      const onAbort = (): void => this.#leave(run, waiter, () => signal?.reason);
      const stopTimer = clock.after(maxWaitMs, () => this.#leave(run, waiter, () => late(run, n)));
      const waiter: Waiter = {
        ...{ client, n, variable, enteredMs, timings, busyMs: run.busyMs(enteredMs) },
        resolve: (values) => {
          done();
          resolve(values);
        },
        reject: (error) => {
          done();
          reject(error);
        },
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#add(run, waiter);
    });
  }

  /** Those who wait for a step that is made wait for nothing else any more: its fields are on their way. */
  answering(run: RolloutRun, n: number): Answer {
    const { clock } = this.#options;
    const waiters = this.#take(run, n);
    const [madeMs, busyMs] = [clock.now(), run.busyMs(clock.now())];
    return {
      count: waiters.length,
      give: (fields) => {
        for (const waiter of waiters) {
          const values = fields.get(waiter.variable);
          const workMs = busyMs - waiter.busyMs;
          waiter.timings?.add("queue", Math.max(0, madeMs - waiter.enteredMs - workMs));
          waiter.timings?.add("infer", workMs + clock.now() - madeMs);
          if (values) waiter.resolve(values);
          else waiter.reject(noField(waiter));
        }
      },
      fail: (error) => {
        for (const waiter of waiters) waiter.reject(error);
      },
    };
  }

  /** Fails everyone who waits for a run. */
  fail(run: RolloutRun, error: unknown): void {
    for (const waiter of this.#take(run)) waiter.reject(error);
  }

  #add(run: RolloutRun, waiter: Waiter): void {
    if (!run.isWaitedFor) run.queuedMs = waiter.enteredMs;
    run.add(waiter);
    this.queue.add({ client: waiter.client, run, target: waiter.n });
    this.#runs.add(run);
    this.#waiters += 1;
  }

  #leave(run: RolloutRun, waiter: Waiter, why: () => unknown): void {
    if (!run.remove(waiter)) return;
    this.#gone(run, waiter);
    waiter.reject(why());
    if (!run.isWaitedFor) this.#options.deserted(run);
  }

  #take(run: RolloutRun, n?: number): Waiter[] {
    const taken = run.take(n);
    for (const waiter of taken) this.#gone(run, waiter);
    return taken;
  }

  #gone(run: RolloutRun, waiter: Waiter): void {
    this.queue.remove({ client: waiter.client, run, target: waiter.n });
    this.#waiters -= 1;
    if (!run.isWaitedFor) this.#runs.delete(run);
  }
}

export function noField({ n, variable }: Pick<Waiter, "n" | "variable">): GatewayError {
  return new GatewayError("model_output_invalid", `the model made no "${variable}" at step ${n}`);
}
