import type { Demand } from "./fair-queue.ts";
import type { KeptSteps } from "./kept-steps.ts";
import type { RolloutClock } from "./rollout-options.ts";
import type { RolloutRun } from "./rollout-run.ts";
import type { WaitingRoom } from "./waiting-room.ts";

export interface DemandSources {
  readonly room: WaitingRoom;
  readonly kept: KeptSteps;
  readonly clock: RolloutClock;
  readonly runs: ReadonlyMap<string, RolloutRun>;
}

/** Stands for nobody in the ring of clients, so that no client's turn is taken by what nobody waits for. */
const UNASKED = "\u0000unasked";

/** What is to be made, and for whom. */
export class Demands {
  readonly #sources: DemandSources;

  constructor(sources: DemandSources) {
    this.#sources = sources;
  }

  /** Everything that may be worked on: what is waited for in turn, then what was promised, and when idle what may come. */
  *inOrder(): Generator<Demand<RolloutRun>> {
    const { room, runs } = this.#sources;
    yield* room.queue.inOrder();
    const unasked = [...runs.values()].filter((run) => !run.isWaitedFor);
    for (const run of unasked)
      if (run.late && this.isPromised(run)) yield { client: UNASKED, run, target: run.late.n };
    if (room.runs.size > 0) return;
    for (const run of unasked) {
      const target = this.#nextAhead(run);
      if (target !== undefined) yield { client: UNASKED, run, target };
    }
  }

  isWanted(run: RolloutRun): boolean {
    return run.isWaitedFor || this.isPromised(run) || this.#nextAhead(run) !== undefined;
  }

  /** Whether someone was told to come back for it. */
  isPromised({ late }: RolloutRun): boolean {
    return late !== undefined && late.untilMs > this.#sources.clock.now();
  }

  /** Whether its turn may come soon; what may come when all is idle has no claim to memory before. */
  isDue(run: RolloutRun): boolean {
    return run.isWaitedFor || this.isPromised(run) || this.#sources.room.runs.size === 0;
  }

  #nextAhead(run: RolloutRun): number | undefined {
    for (; run.ahead && run.ahead.from <= run.ahead.to; run.ahead.from += 1)
      if (!run.arriving.has(run.ahead.from) && !this.#sources.kept.isPublished(run.key, run.ahead.from))
        return run.ahead.from;
    run.ahead = undefined;
    return undefined;
  }
}
