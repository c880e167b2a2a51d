import type { SessionCounts } from "../model-session.ts";
import { Demands } from "./demands.ts";
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
  readonly #demands: Demands;
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
    this.#demands = new Demands({ ...parts, runs, clock: settings.clock });
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
    if (!this.#demands.isWanted(run)) run.loading?.abort();
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
    await Promise.all(this.#slots.map((slot) => slot.handedOver));
    this.#runs.clear();
  }

  #pump(): void {
    if (this.#stop.signal.aborted) return;
    this.#forgetDead();
    const { table, settings } = this.#parts;
    const room = this.#roomForLoads();
    const loads = planLoads(this.#demands.inOrder(), table, room);
    for (const demand of loads) this.#work(this.#load(demand));
    for (const [position, slot] of this.#slots.entries()) {
      if (slot.isBusy) continue;
      const maxBatch = Math.min(settings.maxBatch, slot.maxBatch);
      const turn = planTurn(this.#demands.inOrder(), { table, slot: position, maxBatch });
      if (turn) this.#work(this.#take(position, turn));
      else if (room > 0 && loads.length === 0) this.#move(position);
    }
  }

  /** Sessions that ended while they had nothing to do; the next work opens them again. */
  #forgetDead(): void {
    for (const [position, slot] of this.#slots.entries()) {
      if (slot.isBusy || !slot.isGone) continue;
      this.#live.forget(this.#runs.values(), position);
      this.#work(slot.close().then(() => undefined));
    }
  }

  /** How many more runs may have states on their way to a session. */
  #roomForLoads(): number {
    let moving = 0;
    for (const run of this.#runs.values()) {
      if (run.phase === "idle" && !this.#demands.isDue(run)) run.loaded.clear();
      if (run.phase === "loading" || run.loaded.size > 0) moving += 1;
    }
    const batch = Math.max(...this.#slots.map(({ maxBatch }) => maxBatch));
    return this.#slots.length * Math.min(this.#parts.settings.maxBatch, batch) + 1 - moving;
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
    const run = planMove(this.#demands.inOrder(), slot, ({ run: other, target }) => {
      if (!other.isWaitedFor || other.home === undefined || !this.#slots[other.home]?.isBusy) return false;
      const { starts } = table.path([target], (n) => other.has(n));
      if (!other.canBePutDown(Math.max(...starts))) return false;
      return [...starts].every((n) => kept.isAtHand(other.key, n));
    });
    if (run === undefined) return;
    run.putDown(Math.max(...run.live.keys()));
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
  }

  /** What is not wanted is stopped and let go of, but for what the next request may go on from. */
  #settle(run: RolloutRun): void {
    if (run.phase === "idle" && !this.#demands.isWanted(run)) run.loaded.clear();
    const targets = run.waiters.keys();
    run.remaining = run.isWaitedFor ? this.#parts.table.path(targets, (n) => run.has(n)).order.length : 0;
    if (run.phase === "idle" && !run.holdsAnything && !this.#demands.isWanted(run))
      this.#runs.delete(run.key);
    this.#stopSweep ??= this.#parts.settings.clock.after(this.#parts.settings.idleMs, () => this.#sweep());
  }

  #sweep(): void {
    const { clock, idleMs } = this.#parts.settings;
    const nowMs = clock.now();
    for (const run of this.#runs.values()) {
      if (run.phase !== "idle" || this.#demands.isWanted(run) || nowMs - run.turnMs < idleMs) continue;
      this.#live.drop(run);
      this.#runs.delete(run.key);
    }
    this.#stopSweep = this.#runs.size > 0 ? clock.after(idleMs, () => this.#sweep()) : undefined;
  }
}
