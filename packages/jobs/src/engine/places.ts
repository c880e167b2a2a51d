import type { StepDefinition } from "../definition.ts";
import type { Claim } from "../job-store.ts";
import type { EngineSettings } from "./engine-options.ts";
import type { BegunStep } from "./following-step.ts";
import { Pace } from "./pace.ts";
import { StepRun } from "./step-run.ts";

/** Who was claimed ahead and has no place after this time is handed back. */
const PATIENCE_MS = 100;

/** The steps that this engine holds: those whose code runs, one to a place, and for moments those that wait for one. */
export class Places {
  readonly #settings: EngineSettings;
  readonly #steps: ReadonlyMap<string, StepDefinition>;
  readonly #onRoom: () => void;
  readonly #pace = new Pace();
  /** Those without a place, longest first, and what calls their patience off. */
  readonly #waiting = new Map<StepRun, () => void>();
  readonly #runs = new Set<StepRun>();
  /** Of what was claimed and is not over: the ends of those steps, and of brief ones that follow them. */
  readonly #ends = new Set<Promise<void>>();
  /** Steps whose code runs; those whose end is being kept need no place any more. */
  #busy = 0;
  #isClosed = false;

  /** @param onRoom told when there may be room for more */
  constructor(settings: EngineSettings, steps: ReadonlyMap<string, StepDefinition>, onRoom: () => void) {
    this.#settings = settings;
    this.#steps = steps;
    this.#onRoom = onRoom;
  }

  /** Steps to claim now. What is claimed ahead is claimed several at a time. */
  get room(): number {
    const { concurrency } = this.#settings;
    const ahead = this.#pace.ahead(concurrency);
    const held = this.#busy + this.#waiting.size;
    return held <= concurrency + ahead / 2 ? concurrency + ahead - held : 0;
  }

  take(claims: readonly Claim[]): void {
    for (const claim of claims) {
      const definition = this.#steps.get(claim.step.step);
      if (definition === undefined) continue;
      const run = this.#stepRun({ claim, definition, unkept: [] });
      if (this.#busy < this.#settings.concurrency) this.#begin(run);
      else
        this.#waiting.set(
          run,
          this.#settings.clock.after(PATIENCE_MS, () => this.#handBack(run)),
        );
    }
  }

  /** Tells the code of a job's steps to stop; what only waits ends at once. */
  cancelled(jobId: string): void {
    for (const run of this.#runs) if (run.jobId === jobId) run.stop("cancelled");
    for (const run of this.#waiting.keys()) if (run.jobId === jobId) void this.#end(run);
  }

  /** Hands back what is not over, when its code has ended. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const run of this.#runs) run.stop("closing");
    for (const run of this.#waiting.keys()) void this.#end(run);
    await Promise.all(this.#ends);
  }

  #stepRun(begun: BegunStep): StepRun {
    const run = new StepRun(begun, { settings: this.#settings, steps: this.#steps });
    this.#runs.add(run);
    if (this.#isClosed) run.stop("closing");
    return run;
  }

  #begin(run: StepRun): void {
    const { clock, store } = this.#settings;
    const start = clock.elapsed();
    let isBusy = true;
    this.#busy += 1;
    const leave = (): void => {
      if (!isBusy) return;
      isBusy = false;
      this.#busy -= 1;
      this.#pace.note(clock.elapsed() - start);
      const [next] = this.#waiting.keys();
      if (next !== undefined) this.#begin(next);
      if (this.room > 0) this.#onRoom();
    };
    // The look for what comes next is asked for right behind the end, and so finds the step that it makes ready.
    void this.#end(run, store.inOrder === true ? leave : () => {}).finally(leave);
  }

  /** The places are held for longer than those that ended of late made it seem. */
  #handBack(run: StepRun): void {
    this.#pace.forget();
    run.stop("no_place");
    void this.#end(run);
  }

  /** Resolves, and never rejects, when the step and the brief ones behind it are over. */
  #end(run: StepRun, onEnding: () => void = () => {}): Promise<void> {
    this.#waiting.get(run)?.();
    this.#waiting.delete(run);
    // An end that could not be kept leaves the lease to run out: the step begins again elsewhere.
    const ended = this.#run(run, onEnding)
      .catch(this.#settings.onError)
      .finally(() => this.#ends.delete(ended));
    this.#ends.add(ended);
    return ended;
  }

  async #run(first: StepRun, onEnding: () => void): Promise<void> {
    let run = first;
    try {
      for (;;) {
        const begun = await run.run(onEnding);
        if (begun === undefined) return;
        this.#runs.delete(run);
        run = this.#stepRun(begun);
      }
    } finally {
      this.#runs.delete(run);
    }
  }
}
