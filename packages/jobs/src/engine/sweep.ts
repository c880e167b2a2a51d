import type { Claim } from "../job-store.ts";
import { retryAt } from "../planner/retry-delay.ts";
import type { EngineSettings } from "./engine-options.ts";

/** Jobs looked after in one round, of each kind. */
const AT_ONCE = 100;

export interface SweepParts {
  readonly settings: EngineSettings;
  /** A job that runs here was cancelled because its time is over. */
  readonly onCancelled: (jobId: string) => void;
}

/** Looks after what nobody holds any more: lost leases, deadlines, old results and old records. */
export class Sweep {
  readonly #parts: SweepParts;
  /** By what was seen of a lease: since when, by the clock that is never set. */
  #still = new Map<string, number>();
  #offset: number | undefined;
  #setAt = -Infinity;

  constructor(parts: SweepParts) {
    this.#parts = parts;
  }

  async round(): Promise<void> {
    const { store, clock, recordsMs, logs } = this.#parts.settings;
    const at = clock.now();
    await this.#takeBack(at);
    for (const id of await store.overdue(at, AT_ONCE)) {
      await store.append(id, [{ type: "job_cancelled", reason: "timed_out", at }]);
      this.#parts.onCancelled(id);
    }
    for (const id of await store.dueToExpire(at, AT_ONCE))
      await store.append(id, [{ type: "job_expired", at }]);
    for (const id of await store.outlived(at - recordsMs, AT_ONCE))
      if (await store.remove(id)) await logs.remove(id);
  }

  async #takeBack(at: number): Promise<void> {
    const { store, leaseMs } = this.#parts.settings;
    if (!this.#wasClockSet(at))
      for (const claim of await store.lostLeases(at, AT_ONCE)) await this.#lost(claim, at);
    // No lease is that long: it was given before the clock was set back. Whoever holds it moves it with each heartbeat.
    const far = await store.leasesAfter(at + 2 * leaseMs, AT_ONCE);
    for (const claim of this.#standingStill(far)) await this.#lost(claim, at, claim.step.lease?.until);
  }

  /** After the clock was set, everybody who lives gets the time of a lease to renew theirs. */
  #wasClockSet(at: number): boolean {
    const { clock, leaseMs } = this.#parts.settings;
    const offset = at - clock.elapsed();
    if (this.#offset !== undefined && Math.abs(offset - this.#offset) > leaseMs / 3)
      this.#setAt = clock.elapsed();
    this.#offset = offset;
    return clock.elapsed() - this.#setAt < leaseMs;
  }

  #standingStill(claims: readonly Claim[]): readonly Claim[] {
    const { clock, leaseMs } = this.#parts.settings;
    const now = clock.elapsed();
    const seen = claims.map(
      (claim) =>
        [JSON.stringify([claim.job.id, claim.task.key, claim.step.name, claim.step.lease]), claim] as const,
    );
    this.#still = new Map(seen.map(([key]) => [key, this.#still.get(key) ?? now]));
    return seen.filter(([key]) => now - (this.#still.get(key) ?? now) >= leaseMs).map(([, claim]) => claim);
  }

  async #lost({ job, task, step }: Claim, at: number, leaseUntil?: number): Promise<void> {
    const { store, random } = this.#parts.settings;
    const again = retryAt(step, at, random());
    const error = { code: "lost", message: `its worker was not heard of in attempt ${step.fence}` };
    const attempt = { task: task.key, step: step.name, fence: step.fence };
    await store.append(job.id, [
      {
        type: "step_failed",
        reason: "lost",
        error,
        at,
        ...attempt,
        ...(again === undefined ? {} : { retryAt: again }),
        ...(leaseUntil === undefined ? {} : { leaseUntil }),
      },
    ]);
  }
}
