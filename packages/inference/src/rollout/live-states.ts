import type { RolloutRun } from "./rollout-run.ts";
import type { SessionSlot } from "./session-slot.ts";

const MAX_RECENT = 2;

/** States that sessions hold so that runs can go on, and fields that were made last, bounded in number. */
export class LiveStates {
  readonly #slots: readonly SessionSlot[];
  readonly maxStates: number;

  constructor(slots: readonly SessionSlot[], maxStates: number) {
    this.#slots = slots;
    this.maxStates = maxStates;
  }

  /** Releases those of a run that are not among the ones to hold. */
  trim(run: RolloutRun, held: ReadonlySet<number>): void {
    for (const [n, state] of run.live) {
      if (held.has(n)) continue;
      run.live.delete(n);
      this.#slotOf(run)?.release(state);
    }
    if (run.live.size === 0 && run.phase !== "running") run.home = undefined;
  }

  /** Releases all of a run; where it goes on, kept states are looked for again. */
  drop(run: RolloutRun): void {
    this.trim(run, new Set());
    run.probed.clear();
    for (const [n, { isStored }] of run.recent) if (isStored || !run.isWaitedFor) run.recent.delete(n);
  }

  /** A session has died with all its states. */
  forget(runs: Iterable<RolloutRun>, slot: number): void {
    for (const run of runs) {
      if (run.home !== slot) continue;
      run.live.clear();
      run.probed.clear();
      run.home = undefined;
    }
  }

  /** Whether there are more than there should be. */
  isCrowded(runs: Iterable<RolloutRun>): boolean {
    return this.#count(runs) > this.maxStates;
  }

  /** Lets go of whole runs until the bound holds: those that nobody waits for, then those that were put down; the oldest first. */
  bound(runs: readonly RolloutRun[]): void {
    this.#boundRecent(runs);
    let count = this.#count(runs);
    if (count <= this.maxStates) return;
    const order = runs
      .filter(({ phase, live, loaded }) => phase === "idle" && live.size > 0 && loaded.size === 0)
      .filter(({ isWaitedFor, isPutDown }) => isPutDown || !isWaitedFor)
      .sort((a, b) => Number(a.isWaitedFor) - Number(b.isWaitedFor) || a.turnMs - b.turnMs);
    for (const run of order) {
      if (count <= this.maxStates) return;
      count -= run.live.size;
      this.drop(run);
    }
  }

  #count(runs: Iterable<RolloutRun>): number {
    let count = 0;
    for (const { live } of runs) count += live.size;
    return count;
  }

  /** Fields that a small cache has not kept are for those who ask for more of the same step, and soon. */
  #boundRecent(runs: readonly RolloutRun[]): void {
    const idle = runs.filter(({ recent, phase }) => recent.size > 0 && phase === "idle");
    for (const { recent } of idle.sort((a, b) => b.turnMs - a.turnMs).slice(MAX_RECENT))
      for (const [n, { isStored }] of recent) if (isStored) recent.delete(n);
  }

  #slotOf({ home }: RolloutRun): SessionSlot | undefined {
    return home === undefined ? undefined : this.#slots[home];
  }
}
