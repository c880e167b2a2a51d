import { GatewayError, isGatewayError, messageOf } from "@zarr-gateway/primitives";
import type { Fields } from "../model-session.ts";
import type { KeptSteps } from "./kept-steps.ts";
import type { LiveStates } from "./live-states.ts";
import type { Turn } from "./plan-turn.ts";
import type { Settings } from "./rollout-options.ts";
import type { RecentStep, RolloutRun } from "./rollout-run.ts";
import type { SessionSlot } from "./session-slot.ts";
import type { StepTable } from "./step-table.ts";
import type { StepTimes } from "./step-times.ts";
import { type Made, takeTurn } from "./take-turn.ts";
import type { WaitingRoom } from "./waiting-room.ts";

export interface TurnParts {
  readonly settings: Settings;
  readonly table: StepTable;
  readonly kept: KeptSteps;
  readonly room: WaitingRoom;
  readonly slots: readonly SessionSlot[];
  readonly live: LiveStates;
  readonly runs: ReadonlyMap<string, RolloutRun>;
  readonly times: StepTimes;
  readonly signal: AbortSignal;
}

/** Turns as they are taken: work of a session, answers to those who wait for it, and what is kept of it. */
export class Turns {
  readonly #parts: TurnParts;

  constructor(parts: TurnParts) {
    this.#parts = parts;
  }

  /** Never fails: what goes wrong is told to those who wait. */
  async take(position: number, turn: Turn<RolloutRun>): Promise<void> {
    const { settings, slots, live, runs } = this.#parts;
    const slot = slots[position];
    if (slot === undefined) return;
    slot.isBusy = true;
    this.#begin(position, turn);
    try {
      const made = await this.#work(slot, turn);
      await slot.handedOver; // one result is on its way while the next one is made, not more
      slot.handedOver = Promise.all(made.map((one) => this.#handOver(one)));
      for (const one of made) await this.#checkpoint(slot, one);
    } catch (error) {
      await this.#failed(position, turn, error);
    } finally {
      const nowMs = settings.clock.now();
      for (const { run } of turn) this.#end(run, nowMs);
      live.bound([...runs.values()]);
      for (const part of turn) this.#passOn(part);
      slot.isBusy = false;
    }
  }

  /** Nothing is kept of what failed; whoever asks next tries again. */
  fail(run: RolloutRun, error: unknown): void {
    run.late = undefined;
    run.ahead = undefined;
    run.isAlone = false;
    run.loaded.clear();
    this.#parts.room.fail(run, error);
  }

  #begin(position: number, turn: Turn<RolloutRun>): void {
    const { clock, observer } = this.#parts.settings;
    const nowMs = clock.now();
    for (const { run } of turn) {
      run.phase = "running";
      run.home = position;
      run.startWork(nowMs);
      if (run.queuedMs !== undefined) observer?.queued?.((nowMs - run.queuedMs) / 1000);
      run.queuedMs = undefined;
    }
  }

  async #work(slot: SessionSlot, turn: Turn<RolloutRun>): Promise<Made[]> {
    const { settings, table, times, signal, room } = this.#parts;
    const { clock, observer, log } = settings;
    const session = await slot.session({ signal });
    let startMs = clock.now();
    const onStep = (): void => {
      startMs = clock.now();
    };
    const made = await takeTurn(session, { turn, table }, { signal, onStep });
    const ms = clock.now() - startMs;
    observer?.stepped?.(ms / 1000);
    const n = turn[0]?.n ?? 0;
    if (n > 0) times.add(table.network(n)?.key ?? "", ms, turn.length);
    const steps = turn.map((part) => `${part.run.key}:${part.n}`).join(" ");
    log.debug({ steps, ms, waiters: room.waiters, queuedRuns: room.runs.size }, "steps of a forecast");
    return made;
  }

  /** The session goes on while fields come; never fails. */
  async #handOver({ run, n, fields }: Made): Promise<void> {
    const { room, settings } = this.#parts;
    const answer = room.answering(run, n);
    run.arriving.set(n, fields);
    this.#goOn(run, n);
    try {
      const arrived = await fields;
      this.#publish(run, n, arrived);
      if (answer.count > 0) run.answered = n;
      answer.give(arrived);
    } catch (error) {
      settings.log.warn({ step: `${run.key}:${n}`, cause: messageOf(error) }, "a step of a forecast is lost");
      answer.fail(asModelError(error));
    } finally {
      run.arriving.delete(n);
    }
  }

  /** Of states, what is made next may need is held. */
  #goOn(run: RolloutRun, n: number): void {
    const { table, live } = this.#parts;
    run.isAlone = false;
    if (run.late?.n === n) run.late = undefined;
    if (run.ahead?.from === n) run.ahead.from += 1;
    const targets = [...run.waiters.keys(), ...(run.late ? [run.late.n] : [])];
    const { starts } = table.path(targets, (step) => run.has(step));
    live.trim(run, starts.union(table.onward(n)));
  }

  #publish(run: RolloutRun, n: number, fields: Fields): void {
    for (const [step, { isStored }] of run.recent) if (isStored) run.recent.delete(step);
    const recent: RecentStep = { fields, isStored: false, stored: Promise.resolve() };
    run.recent.set(n, recent);
    recent.stored = this.#keep(run, { n, fields }).finally(() => {
      recent.isStored = true;
      if (this.#parts.kept.isPublished(run.key, n)) run.recent.delete(n);
    });
  }

  async #keep(run: RolloutRun, made: { readonly n: number; readonly fields: Fields }): Promise<void> {
    const { kept, settings } = this.#parts;
    try {
      await kept.keep(run.key, made, this.#costMs(made.n));
    } catch (error) {
      settings.log.warn({ cause: messageOf(error) }, "a step of a forecast could not be kept");
    }
  }

  /** To make a step again one goes back to the last checkpoint. */
  #costMs(n: number): number {
    const { settings, times } = this.#parts;
    const steps = n % settings.checkpointEvery || settings.checkpointEvery;
    return steps * (times.each ?? 1);
  }

  async #checkpoint(slot: SessionSlot, { run, n }: Made): Promise<void> {
    const { kept, settings, signal, table, live, runs } = this.#parts;
    const isDue = n > 0 && n < table.steps && n % settings.checkpointEvery === 0;
    if (!isDue) return;
    // whoever may have to be let go of is kept first; else only what was made before is waited for
    if (kept.hasOwnParts(n) || live.isCrowded(runs.values())) await slot.handedOver;
    await Promise.all(Array.from(run.recent.values(), ({ stored }) => stored));
    const state = run.live.get(n);
    if (state === undefined || !kept.hasOwnParts(n)) return;
    const session = await slot.session({ signal });
    await kept.keepState(run.key, await session.read(state, { signal }), this.#costMs(n));
  }

  async #failed(position: number, turn: Turn<RolloutRun>, cause: unknown): Promise<void> {
    const { slots, live, runs, settings, signal } = this.#parts;
    const slot = slots[position];
    const steps = turn.map(({ run, n }) => `${run.key}:${n}`).join(" ");
    if (!signal.aborted) settings.log.warn({ steps, cause: messageOf(cause) }, "a step of a forecast failed");
    if (slot?.isDead(cause)) {
      live.forget(runs.values(), position);
      const trouble = await slot.close();
      if (trouble !== undefined) settings.log.warn({ cause: trouble }, "a model's session did not close");
    }
    const [first, ...others] = turn;
    if (others.length > 0) for (const { run } of turn) run.isAlone = true;
    else if (first) this.fail(first.run, asModelError(cause));
  }

  #end(run: RolloutRun, nowMs: number): void {
    run.phase = "idle";
    run.turnMs = nowMs;
    run.endWork(nowMs);
    if (run.live.size === 0) run.home = undefined;
  }

  #passOn({ run, n, client, target }: Turn<RolloutRun>[number]): void {
    const { room, live, runs } = this.#parts;
    const mustGoOn = n !== target && live.isCrowded(runs.values()) && !this.#putDown(run, n);
    if (!mustGoOn) room.queue.toEnd({ client, run });
  }

  /** Where not all runs can hold their states, one goes on until it can be let go of without loss. */
  #putDown(run: RolloutRun, n: number): boolean {
    const { settings, kept } = this.#parts;
    const isKept = n % settings.checkpointEvery === 0 && kept.isAtHand(run.key, n);
    if (!isKept || !run.canBePutDown(n)) return false;
    run.putDown(n);
    return true;
  }
}

function asModelError(error: unknown): unknown {
  if (isGatewayError(error)) return error;
  return new GatewayError("model_failed", "the model failed for a reason that is in the log", {}, error);
}
