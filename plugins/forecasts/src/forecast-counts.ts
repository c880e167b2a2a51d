import type { RolloutCounts, RolloutObserver, Rollouts } from "@zarr-gateway/inference";
import { Histogram } from "./histogram.ts";

/** Seconds; from a small graph on many cores to a large one on few. */
const STEP_BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const QUEUE_BOUNDS = [0.01, 0.1, 0.5, 1, 5, 10, 30, 60, 120, 240];

type Counted = Pick<Rollouts, "counts">;

/** What one forecast has cost since the start, over all its versions: what was counted does not fall when one is closed. */
export class ForecastCounts implements RolloutObserver {
  readonly stepSeconds = new Histogram(STEP_BOUNDS);
  readonly queueSeconds = new Histogram(QUEUE_BOUNDS);
  readonly #open = new Set<Counted>();
  #past = { steps: 0, diagnostics: 0 };

  get steps(): number {
    return this.#past.steps + this.#sum("steps");
  }
  get diagnostics(): number {
    return this.#past.diagnostics + this.#sum("diagnostics");
  }
  get waiters(): number {
    return this.#sum("waiters");
  }
  get queuedRuns(): number {
    return this.#sum("queuedRuns");
  }
  get keptBytes(): number {
    return this.#sum("keptBytes");
  }

  opened(rollouts: Counted): void {
    this.#open.add(rollouts);
  }

  /** What they hold no longer counts, what they did stays. */
  closed(rollouts: Counted): void {
    if (!this.#open.delete(rollouts)) return;
    const { steps, diagnostics } = rollouts.counts;
    this.#past = { steps: this.#past.steps + steps, diagnostics: this.#past.diagnostics + diagnostics };
  }

  stepped(seconds: number): void {
    this.stepSeconds.add(seconds);
  }
  queued(seconds: number): void {
    this.queueSeconds.add(seconds);
  }

  #sum(name: keyof RolloutCounts): number {
    let sum = 0;
    for (const { counts } of this.#open) sum += counts[name];
    return sum;
  }
}
