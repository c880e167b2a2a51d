import type { StepDefinition } from "../definition.ts";
import type { Claim } from "../job-store.ts";
import { retryAt } from "../planner/retry-delay.ts";
import type { Changes } from "./changes.ts";
import type { EngineSettings } from "./engine-options.ts";
import { StepRun } from "./step-run.ts";

/** Lost leases and old results looked after in one round. */
const SWEEP = 100;

/** Takes steps from the store while there is room, and looks after what others left behind. */
export class Worker {
  readonly #settings: EngineSettings;
  readonly #steps: ReadonlyMap<string, StepDefinition>;
  readonly #changes: Changes;
  readonly #runs = new Map<StepRun, Promise<void>>();
  readonly #closing = new AbortController();
  #loop: Promise<void> | undefined;

  constructor(settings: EngineSettings, steps: ReadonlyMap<string, StepDefinition>, changes: Changes) {
    this.#settings = settings;
    this.#steps = steps;
    this.#changes = changes;
  }

  start(): void {
    if (this.#closing.signal.aborted) return;
    this.#loop ??= this.#work();
  }

  /** Tells the code of a cancelled job that runs here to stop, without waiting for a heartbeat. */
  cancelled(jobId: string): void {
    for (const run of this.#runs.keys()) if (run.jobId === jobId) run.stop("cancelled");
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#loop;
    for (const run of this.#runs.keys()) run.stop("closing");
    await Promise.all(this.#runs.values());
  }

  async #work(): Promise<void> {
    const { signal } = this.#closing;
    while (!signal.aborted) {
      // Armed before the look: news that come while looking are not slept through.
      const news = this.#changes.next(this.#settings.pollMs, signal);
      // The store may be away for a while (busy, disk full): the next round tries again.
      const taken = await this.#round().catch(() => 0);
      if (taken === 0) await news;
    }
  }

  async #round(): Promise<number> {
    await this.#sweep();
    const { store, clock, worker, leaseMs, limits, concurrency } = this.#settings;
    const free = concurrency - this.#runs.size;
    if (free <= 0) return 0;
    const steps = [...this.#steps.keys()];
    const claims = await store.claim({ worker, now: clock.now(), leaseMs, free, steps, limits });
    for (const claim of claims) this.#begin(claim);
    return claims.length;
  }

  #begin(claim: Claim): void {
    const definition = this.#steps.get(claim.step.step);
    if (definition === undefined) return;
    const run = new StepRun(claim, this.#settings);
    // An end that could not be kept leaves the lease to run out: the step begins again elsewhere.
    const ended = run
      .run(definition)
      .catch(() => {})
      .finally(() => {
        this.#runs.delete(run);
        this.#changes.tell();
      });
    this.#runs.set(run, ended);
    this.#changes.tell();
  }

  async #sweep(): Promise<void> {
    const { store, clock, random } = this.#settings;
    const at = clock.now();
    for (const { job, task, step } of await store.lostLeases(at, SWEEP)) {
      const again = retryAt(step, at, random());
      const error = { code: "lost", message: `its worker was not heard of in attempt ${step.fence}` };
      const attempt = { task: task.key, step: step.name, fence: step.fence };
      const lost = { type: "step_failed", reason: "lost", error, at, ...attempt } as const;
      await store.append(job.id, again === undefined ? lost : { ...lost, retryAt: again });
    }
    for (const id of await store.overdue(at, SWEEP)) {
      await store.append(id, { type: "job_cancelled", reason: "timed_out", at });
      this.cancelled(id);
    }
    for (const id of await store.dueToExpire(at, SWEEP)) await store.append(id, { type: "job_expired", at });
  }
}
