import type { StepDefinition } from "../definition.ts";
import { Changes } from "./changes.ts";
import type { EngineSettings } from "./engine-options.ts";
import { Places } from "./places.ts";
import { Sweep } from "./sweep.ts";

/** Takes steps from the store while there is room, and looks after what others left behind. */
export class Worker {
  readonly #settings: EngineSettings;
  readonly #steps: ReadonlyMap<string, StepDefinition>;
  readonly #work: Changes;
  readonly #places: Places;
  readonly #closing = new AbortController();
  #loops: Promise<unknown> | undefined;

  /** @param work told when there may be something to begin */
  constructor(settings: EngineSettings, steps: ReadonlyMap<string, StepDefinition>, work: Changes) {
    this.#settings = settings;
    this.#steps = steps;
    this.#work = work;
    this.#places = new Places(settings, steps, () => work.tell());
  }

  start(): void {
    if (this.#closing.signal.aborted) return;
    this.#loops ??= Promise.all([this.#takeSteps(), this.#sweep()]);
  }

  /** Tells the code of a cancelled job that runs here to stop, without waiting for a heartbeat. */
  cancelled(jobId: string): void {
    this.#places.cancelled(jobId);
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#loops;
    await this.#places.close();
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
    const { store, clock, worker, leaseMs, limits } = this.#settings;
    const free = this.#places.room;
    if (free <= 0) return 0;
    const steps = [...this.#steps.keys()];
    const claims = await store.claim({ worker, now: clock.now(), leaseMs, free, steps, limits });
    this.#places.take(claims);
    return claims.length;
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
