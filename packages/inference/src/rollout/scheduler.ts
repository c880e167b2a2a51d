import type { SessionCounts } from "../model-session.ts";
import type { Demand } from "./fair-queue.ts";
import type { FirstStates } from "./first-states.ts";
import type { KeptSteps } from "./kept-steps.ts";
import { LiveStates } from "./live-states.ts";
import { loadStarts } from "./load-starts.ts";
import { planLoads, planMove, planTurn, type Turn } from "./plan-turn.ts";
import { type Cost, pathMs, stepsAhead } from "./queue-cost.ts";
import type { Settings } from "./rollout-options.ts";
import type { RolloutRun } from "./rollout-run.ts";
import { SessionSlot } from "./session-slot.ts";
import type { StepTable } from "./step-table.ts";
import { StepTimes } from "./step-times.ts";
import { Turns } from "./turns.ts";
import type { WaitingRoom } from "./waiting-room.ts";

export interface SchedulerParts {
  readonly settings: Settings;
  readonly table: StepTable;
  readonly kept: KeptSteps;
  readonly room: WaitingRoom;
  readonly first: FirstStates;
}

/** Stands for nobody in the ring of clients, so that no client's turn is taken by what nobody waits for. */
const UNASKED = "\u0000unasked";
/** Of a cache in which what is made ahead lasts until it is asked for. */
const LEADS_OF_ROOM = 8;
/** More states than this are not worth their book-keeping, however small they are. */
const MAX_STATES = 256;

/** Gives turns of the sessions to runs, as planned (plan-turn.ts), and hands on what they make. */
export class Scheduler {
  readonly #parts: SchedulerParts;
  readonly #slots: readonly SessionSlot[];
  readonly #live: LiveStates;
  readonly #runs = new Map<string, RolloutRun>();
  readonly #times = new StepTimes();
  readonly #turns: Turns;
  readonly #working = new Set<Promise<void>>();
  readonly #stop = new AbortController();
  /** None where the cache could not keep what is made ahead. */
  readonly #lookAhead: number;
  #stopSweep: (() => void) | undefined;

  constructor(parts: SchedulerParts) {
    const { settings, kept } = parts;
    this.#parts = parts;
    this.#slots = Array.from({ length: settings.processes }, () => new SessionSlot(settings.session));
    const isRoomy = settings.cache.maxBytes >= LEADS_OF_ROOM * kept.stepBytes;
    this.#lookAhead = isRoomy ? settings.lookAhead : 0;
    const fitting = Math.floor(settings.maxStateBytes / Math.max(1, kept.stateBytes));
    this.#live = new LiveStates(this.#slots, Math.min(Math.max(2, fitting), MAX_STATES));
    const [slots, live, runs, times, signal] = [
      this.#slots,
      this.#live,
      this.#runs,
      this.#times,
      this.#stop.signal,
    ];
    this.#turns = new Turns({ ...parts, slots, live, runs, times, signal });
  }

  get counts(): SessionCounts {
    return this.#slots.reduce(
      (sum, { counts }) => ({
        steps: sum.steps + counts.steps,
        diagnostics: sum.diagnostics + counts.diagnostics,
      }),
      { steps: 0, diagnostics: 0 },
    );
  }

  run(key: string): RolloutRun | undefined {
    return this.#runs.get(key);
  }

  cost(run: RolloutRun, n: number, client: string): Cost {
    const { table, kept, room } = this.#parts;
    const known = (step: number): boolean => run.has(step) || kept.isAtHand(run.key, step);
    const { order } = table.path([n], known);
    const ownSteps = order.length;
    const aheadSteps = stepsAhead(room.queue, { run, client, ownSteps });
    const aheadMs = (aheadSteps * (this.#times.each ?? 0)) / this.#slots.length;
    return { ownSteps, aheadSteps, ownMs: pathMs(order, table, this.#times), aheadMs };
  }

  /** Someone has come to wait for a run. */
  wanted(run: RolloutRun): void {
    this.#runs.set(run.key, run);
    this.#pump();
  }

  /** Nobody waits for a run any more: it ends after its step, if there is one. */
  deserted(run: RolloutRun): void {
    if (!this.#isWanted(run)) run.loading?.abort();
    this.#settle(run);
    this.#pump();
  }

  /** A client asks for the step after the one that was answered last: the next ones are made for it. */
  walked(key: string, n: number): void {
    const run = this.#runs.get(key);
    if (run === undefined || run.answered !== n - 1 || this.#lookAhead === 0) return;
    run.ahead = { from: n + 1, to: Math.min(this.#parts.table.steps, n + this.#lookAhead) };
  }

  answered(key: string, n: number): void {
    const run = this.#runs.get(key);
    if (run === undefined) return;
    run.answered = n;
    if (run.ahead) this.#pump();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    this.#stopSweep?.();
    for (const run of this.#runs.values()) run.loading?.abort();
    await Promise.all(this.#slots.map((slot) => slot.close()));
    await Promise.all(this.#working);
    this.#runs.clear();
  }

  /** Everything that may be worked on: what is waited for in turn, then what was promised, and when idle what may come. */
  *#order(): Generator<Demand<RolloutRun>> {
    const { room } = this.#parts;
    yield* room.queue.inOrder();
    const unasked = [...this.#runs.values()].filter((run) => !run.isWaitedFor);
    for (const run of unasked)
      if (run.late && this.#isPromised(run)) yield { client: UNASKED, run, target: run.late.n };
    if (room.runs.size > 0) return;
    for (const run of unasked) {
      const target = this.#nextAhead(run);
      if (target !== undefined) yield { client: UNASKED, run, target };
    }
  }

  #nextAhead(run: RolloutRun): number | undefined {
    const { kept, settings } = this.#parts;
    const variable = settings.model.variables.at(-1)?.name ?? "";
    for (; run.ahead && run.ahead.from <= run.ahead.to; run.ahead.from += 1)
      if (kept.peek(run.key, run.ahead.from, variable) === undefined) return run.ahead.from;
    run.ahead = undefined;
    return undefined;
  }

  #isWanted(run: RolloutRun): boolean {
    return run.isWaitedFor || this.#isPromised(run) || this.#nextAhead(run) !== undefined;
  }

  #pump(): void {
    if (this.#stop.signal.aborted) return;
    const { table, settings } = this.#parts;
    const moving = [...this.#runs.values()].filter((run) => this.#isMoving(run));
    const batch = Math.min(settings.maxBatch, Math.max(...this.#slots.map(({ maxBatch }) => maxBatch)));
    const room = this.#slots.length * batch + 1 - moving.length;
    for (const demand of planLoads(this.#order(), table, room)) this.#work(this.#load(demand));
    for (const [position, slot] of this.#slots.entries()) {
      if (slot.isBusy) continue;
      const maxBatch = Math.min(settings.maxBatch, slot.maxBatch);
      const turn = planTurn(this.#order(), { table, slot: position, maxBatch });
      if (turn) this.#work(this.#take(position, turn));
      else this.#move(position);
    }
  }

  /** Whether states of a run are in memory for a session to take them in; they are let go of where nobody waits for it. */
  #isMoving(run: RolloutRun): boolean {
    if (run.phase === "loading") return true;
    const isAsked = run.isWaitedFor || run.phase === "running" || this.#isPromised(run);
    if (!isAsked && this.#parts.room.runs.size > 0) run.loaded.clear();
    return run.loaded.size > 0;
  }

  /** Whether someone was told to come back for it. */
  #isPromised({ late }: RolloutRun): boolean {
    return late !== undefined && late.untilMs > this.#parts.settings.clock.now();
  }

  #work(work: Promise<void>): void {
    this.#working.add(work);
    void work.finally(() => {
      this.#working.delete(work);
      this.#pump();
    });
  }

  /** Lets a run go on in a session that has nothing to do, where its own is busy and nothing has to be made again. */
  #move(slot: number): void {
    const { table, kept } = this.#parts;
    const run = planMove(this.#order(), slot, ({ run: other, target }) => {
      if (other.home === undefined || this.#slots[other.home]?.isBusy !== true) return false;
      const { starts } = table.path([target], (n) => other.has(n));
      return [...starts].every((n) => kept.isAtHand(other.key, n));
    });
    if (run === undefined) return;
    this.#live.drop(run);
    this.#pump();
  }

  async #load({ run, target }: Demand<RolloutRun>): Promise<void> {
    const { table, kept, first } = this.#parts;
    const stop = new AbortController();
    run.phase = "loading";
    run.loading = stop;
    try {
      const has = (n: number): boolean => run.has(n);
      const sources = {
        restore: (n: number) => kept.restore(run.key, n, { signal: stop.signal }),
        initial: () => first.state(run.place, { signal: stop.signal }),
      };
      const loaded = await loadStarts({ table, target, has }, sources, { signal: stop.signal });
      for (const [n, state] of loaded) run.loaded.set(n, state);
      run.probed.add(target);
    } catch (error) {
      if (!stop.signal.aborted) this.#turns.fail(run, error);
    } finally {
      run.phase = "idle";
      run.loading = undefined;
      this.#settle(run);
    }
  }

  async #take(position: number, turn: Turn<RolloutRun>): Promise<void> {
    await this.#turns.take(position, turn);
    for (const { run } of turn) this.#settle(run);
    this.#live.bound(this.#runs.values());
  }

  /** What is not wanted is stopped and let go of, but for what the next request may go on from. */
  #settle(run: RolloutRun): void {
    if (run.phase === "idle" && !this.#isWanted(run)) run.loaded.clear();
    const targets = run.waiters.keys();
    run.remaining = run.isWaitedFor ? this.#parts.table.path(targets, (n) => run.has(n)).order.length : 0;
    if (run.phase === "idle" && !run.holdsAnything && !this.#isWanted(run)) this.#runs.delete(run.key);
    this.#stopSweep ??= this.#parts.settings.clock.after(this.#parts.settings.idleMs, () => this.#sweep());
  }

  #sweep(): void {
    const { clock, idleMs } = this.#parts.settings;
    const nowMs = clock.now();
    for (const run of this.#runs.values()) {
      if (run.phase !== "idle" || this.#isWanted(run) || nowMs - run.turnMs < idleMs) continue;
      this.#live.drop(run);
      this.#runs.delete(run.key);
    }
    this.#stopSweep = this.#runs.size > 0 ? clock.after(idleMs, () => this.#sweep()) : undefined;
  }
}
