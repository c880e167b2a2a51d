import type { StepDefinition } from "../definition.ts";
import type { Claim } from "../job-store.ts";
import { Changes } from "./changes.ts";
import type { EngineSettings } from "./engine-options.ts";
import type { BegunStep } from "./following-step.ts";
import { StepRun } from "./step-run.ts";
import { Sweep } from "./sweep.ts";

/** Takes steps from the store while there is room, and looks after what others left behind. */
export class Worker {
  readonly #settings: EngineSettings;
  readonly #steps: ReadonlyMap<string, StepDefinition>;
  readonly #work: Changes;
  readonly #runs = new Set<StepRun>();
  /** Of what was claimed and is not over: the ends of those steps, and of brief ones that follow them. */
  readonly #ends = new Set<Promise<void>>();
  /** Steps whose code runs; those whose end is being kept need no place any more. */
  #busy = 0;
  readonly #closing = new AbortController();
  #loops: Promise<unknown> | undefined;

  /** @param work told when there may be something to begin */
  constructor(settings: EngineSettings, steps: ReadonlyMap<string, StepDefinition>, work: Changes) {
    this.#settings = settings;
    this.#steps = steps;
    this.#work = work;
  }

  start(): void {
    if (this.#closing.signal.aborted) return;
    this.#loops ??= Promise.all([this.#takeSteps(), this.#sweep()]);
  }

  /** Tells the code of a cancelled job that runs here to stop, without waiting for a heartbeat. */
  cancelled(jobId: string): void {
    for (const run of this.#runs) if (run.jobId === jobId) run.stop("cancelled");
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#loops;
    for (const run of this.#runs) run.stop("closing");
    await Promise.all(this.#ends);
  }

  async #takeSteps(): Promise<void> {
    const { pollMs, onError, store } = this.#settings;
    const { signal } = this.#closing;
    while (!signal.aborted) {
      // Armed before the look: news that come while looking are not slept through.
      const news = this.#work.next(pollMs, signal);
      const taken = await this.#take().catch((error: unknown) => {
        // The store is away for a while (busy, disk full): the next round tries again.
        onError(error);
        return 0;
      });
      // Where steps can be another's for a moment, a look that found some may find more.
      if (taken === 0 || store.inOrder === true) await news;
    }
  }

  async #take(): Promise<number> {
    const { store, clock, worker, leaseMs, limits, concurrency } = this.#settings;
    const free = concurrency - this.#busy;
    if (free <= 0) return 0;
    const steps = [...this.#steps.keys()];
    const claims = await store.claim({ worker, now: clock.now(), leaseMs, free, steps, limits });
    for (const claim of claims) this.#begin(claim);
    return claims.length;
  }

  #begin(claim: Claim): void {
    const definition = this.#steps.get(claim.step.step);
    if (definition === undefined) return;
    const isInOrder = this.#settings.store.inOrder === true;
    let isBusy = true;
    this.#busy += 1;
    const leave = (): void => {
      if (!isBusy) return;
      isBusy = false;
      this.#busy -= 1;
      this.#work.tell();
    };
    // The look for what comes next is asked for right behind the end, and so finds the step that it makes ready.
    const onEnding = isInOrder ? leave : () => {};
    // An end that could not be kept leaves the lease to run out: the step begins again elsewhere.
    const ended = this.#run({ claim, definition, unkept: [] }, onEnding)
      .catch(this.#settings.onError)
      .finally(() => {
        this.#ends.delete(ended);
        leave();
      });
    this.#ends.add(ended);
  }

  /** One step, and the brief ones behind it. */
  async #run(first: BegunStep, onEnding: () => void): Promise<void> {
    for (let begun: BegunStep | undefined = first; begun !== undefined; ) {
      const run: StepRun = new StepRun(begun, { settings: this.#settings, steps: this.#steps });
      this.#runs.add(run);
      if (this.#closing.signal.aborted) run.stop("closing");
      try {
        begun = await run.run(onEnding);
      } finally {
        this.#runs.delete(run);
      }
    }
  }

  async #sweep(): Promise<void> {
    const { pollMs, clock, onError, sweeps } = this.#settings;
    if (!sweeps) return;
    const { signal } = this.#closing;
    const sweep = new Sweep({ settings: this.#settings, onCancelled: (jobId) => this.cancelled(jobId) });
    const pause = new Changes(clock);
    while (!signal.aborted) {
      await sweep.round().catch(onError);
      await pause.next(pollMs, signal);
    }
  }
}
