import type { RolloutRun } from "./rollout-run.ts";
import type { SessionSlot } from "./session-slot.ts";

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

  /** Lets go of whole runs until the bound holds: those that nobody waits for first, and of them the oldest. */
  bound(runs: Iterable<RolloutRun>): void {
    const holders = [...runs].filter(({ holdsAnything }) => holdsAnything);
    let count = holders.reduce((sum, { live, recent }) => sum + live.size + recent.size, 0);
    if (count <= this.maxStates) return;
    const order = holders
      .filter(({ phase, loaded }) => phase === "idle" && loaded.size === 0)
      .sort((a, b) => Number(a.isWaitedFor) - Number(b.isWaitedFor) || a.turnMs - b.turnMs);
    const newest = order.findLast(({ isWaitedFor }) => isWaitedFor);
    for (const run of order) {
      if (count <= this.maxStates) return;
      if (run === newest) continue;
      count -= run.live.size + run.recent.size;
      this.drop(run);
    }
  }

  #slotOf({ home }: RolloutRun): SessionSlot | undefined {
    return home === undefined ? undefined : this.#slots[home];
  }
}
