import { GatewayError, isGatewayError, messageOf } from "@zarr-gateway/primitives";
import type { StepContext } from "../definition.ts";
import type { JobEvent } from "../event.ts";
import type { Appended } from "../job-store.ts";
import { type Json, storedJson } from "../json-value.ts";
import { retryAt } from "../planner/retry-delay.ts";
import { stepInput } from "../planner/step-input.ts";
import type { FailureReason, JobRecord, StepProgress } from "../record.ts";
import { claimOf } from "../store/claims.ts";
import type { EngineSettings } from "./engine-options.ts";
import { type BegunStep, type FollowingParts, followingStep } from "./following-step.ts";
import { keptProgress } from "./kept-progress.ts";
import { untilStopped } from "./until-stopped.ts";

/** Cancellation and progress reach other processes within this time. */
const MAX_BEAT_MS = 2000;
/** What the code says reaches them within this time. */
const NEWS_MS = 250;
/** Who began before the end of the step before it was kept, and takes longer, is kept as begun. */
const BRIEF_MS = 20;
/** Between tries to keep an end while the store is away. */
const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 2000;

type StopReason = "cancelled" | "timed_out" | "lost" | "closing" | "no_place";

export interface StepRunParts extends FollowingParts {
  readonly settings: EngineSettings;
}

/** One attempt in this engine's hands: runs the code, tells the store that it lives, and how it ended. */
export class StepRun {
  readonly #begun: BegunStep;
  readonly #parts: StepRunParts;
  readonly #controller = new AbortController();
  #stopped: StopReason | undefined;
  #news: StepProgress | undefined;
  #ended = false;
  #isClosing = false;
  #unkept: readonly JobEvent[];
  /** Whether the next heartbeat is the usual one, and not one with news. */
  #isUnhurried = false;
  #callOffBeat = (): void => {};

  constructor(begun: BegunStep, parts: StepRunParts) {
    this.#begun = begun;
    this.#parts = parts;
    this.#unkept = begun.unkept;
  }

  get jobId(): string {
    return this.#claim.job.id;
  }

  /** Tells the code to stop; the first reason counts. */
  stop(reason: StopReason): void {
    if (reason === "closing") this.#isClosing = true;
    if (this.#stopped !== undefined) return;
    this.#stopped = reason;
    this.#controller.abort(
      new GatewayError("internal", `step "${this.#claim.step.name}" was stopped: ${reason}`),
    );
  }

  /**
   * Resolves when the end is kept, or is nobody's business here any more.
   * @param onEnding told when the code has ended and the store has been asked to keep how
   * @returns the brief step that follows: the end is then kept with that one's
   */
  async run(onEnding: () => void = () => {}): Promise<BegunStep | undefined> {
    const { clock } = this.#settings;
    const { timeoutMs } = this.#claim.step;
    const callOffTimeout =
      timeoutMs === undefined ? () => {} : clock.after(timeoutMs, () => this.stop("timed_out"));
    try {
      const code = this.#execute().then(
        (output): JobEvent => ({ type: "step_succeeded", output, ...this.#attempt(), at: clock.now() }),
        (error: unknown) => this.#endOf(error),
      );
      if (this.#unkept.length === 0) this.#beatLater();
      else if (!(await this.#isOverWithin(BRIEF_MS, code))) await this.#keepBeginning();
      const end = await code;
      if (end === undefined) return undefined;
      const ends = [...this.#takeNews(), end];
      const follows = end.type === "step_succeeded" && this.#stopped === undefined;
      const next = follows ? followingStep(this.#claim, ends, this.#parts) : undefined;
      if (next !== undefined) return { ...next, unkept: [...this.#unkept, ...next.unkept] };
      // Outside of the step's own failures: a store that is away must not make a result a failure.
      await this.#keep(ends, onEnding);
      return undefined;
    } finally {
      this.#ended = true;
      callOffTimeout();
      this.#callOffBeat();
    }
  }

  async #execute(): Promise<Json> {
    const { definition } = this.#begun;
    const { job, task, step } = this.#claim;
    const context: StepContext = {
      jobId: job.id,
      taskKey: task.key,
      stepName: step.name,
      attempt: step.fence,
      failures: step.attempts.filter(({ outcome }) => outcome === "failed" || outcome === "timed_out").length,
      signal: this.#controller.signal,
      progress: (news) => {
        this.#news = keptProgress(news);
        if (!this.#isUnhurried) return;
        this.#callOffBeat();
        this.#beatLater();
      },
      log: (text) => this.#settings.logs.append({ job: job.id, ...this.#attempt() }, text),
    };
    const { signal } = context;
    signal.throwIfAborted();
    const work = async (): Promise<Json> => definition.run(stepInput(task, step), step.settings, context);
    const { clock, graceMs } = this.#settings;
    const output = await untilStopped(work(), { signal, graceMs, clock });
    // A result that came although nobody wants it any more; who only closes still does.
    if (this.#stopped !== "closing") signal.throwIfAborted();
    return storedJson(output, `output of step "${step.name}"`);
  }

  #beatLater(): void {
    if (this.#ended || this.#stopped === "lost") return;
    // A heartbeat that failed leaves the lease to run out; the next one may still hold it.
    const beat = (): void => {
      this.#isUnhurried = false;
      void this.#beat()
        .catch(this.#settings.onError)
        .finally(() => this.#beatLater());
    };
    this.#isUnhurried = this.#news === undefined;
    const delayMs = Math.min(this.#settings.leaseMs / 3, this.#isUnhurried ? MAX_BEAT_MS : NEWS_MS);
    this.#callOffBeat = this.#settings.clock.after(delayMs, beat);
  }

  async #beat(): Promise<void> {
    const at = this.#settings.clock.now();
    const until = at + this.#settings.leaseMs;
    const renewed = { type: "lease_renewed", until, ...this.#attempt(), at } as const;
    const kept = await this.#append([...this.#takeNews(), renewed]);
    if (kept?.job.cancelRequestedAt !== undefined) this.stop("cancelled");
    else if (kept?.applied !== true) this.stop("lost");
  }

  /** What the code has said since it was taken last. */
  #takeNews(): readonly JobEvent[] {
    const news = this.#news;
    this.#news = undefined;
    if (news === undefined) return [];
    return [{ type: "step_progressed", ...news, ...this.#attempt(), at: this.#settings.clock.now() }];
  }

  async #isOverWithin(ms: number, code: Promise<unknown>): Promise<boolean> {
    const { promise, resolve } = Promise.withResolvers<false>();
    const callOff = this.#settings.clock.after(ms, () => resolve(false));
    const isOver = await Promise.race([code.then(() => true), promise]);
    callOff();
    return isOver;
  }

  /** From here on it is an attempt as every other: it has a lease, which lives by heartbeats. */
  async #keepBeginning(): Promise<void> {
    const kept = await this.#keep([]);
    this.#unkept = [];
    if (kept !== undefined && this.#isHeld(kept.job)) this.#beatLater();
    else this.stop("lost");
  }

  /** Whether this attempt is the one that the store knows as running. */
  #isHeld(job: JobRecord): boolean {
    const { task, step, fence } = this.#attempt();
    const known = claimOf(job, task, step)?.step;
    return known?.fence === fence && known.lease?.worker === this.#settings.worker;
  }

  /**
   * Keeps what is not kept yet and `events` behind it, again and again while the store is away: the fence sees to it that
   * they count once, or not any more.
   */
  async #keep(events: readonly JobEvent[], onAsked: () => void = () => {}): Promise<Appended | undefined> {
    const { clock, onError } = this.#settings;
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
      try {
        const asked = this.#append([...this.#unkept, ...events]);
        onAsked();
        const kept = await asked;
        // The first of them was kept by a call whose answer was lost: the rest has still to come.
        const isHalf = kept?.applied === false && this.#unkept.length > 0 && this.#isHeld(kept.job);
        return isHalf && events.length > 0 ? await this.#append(events) : kept;
      } catch (error) {
        // Who closes does not wait: the lease runs out, and the step begins again elsewhere.
        if (this.#isClosing) throw error;
        onError(error);
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      clock.after(pauseMs, resolve);
      await promise;
    }
  }

  #endOf(error: unknown): JobEvent | undefined {
    const at = this.#settings.clock.now();
    if (this.#stopped === "lost") return undefined;
    // Another engine need not wait for the lease, and a restart of the server is no failure of the step.
    if (this.#stopped === "closing" || this.#stopped === "no_place")
      return { type: "step_handed_back", ...this.#attempt(), at };
    if (this.#stopped === "cancelled") return { type: "step_cancelled", ...this.#attempt(), at };
    const reason: FailureReason = this.#stopped === "timed_out" ? "timed_out" : "failed";
    const isFinal = isGatewayError(error) && error.details["isFinal"] === true;
    const again = isFinal ? undefined : retryAt(this.#claim.step, at, this.#settings.random());
    const code = isGatewayError(error) ? error.code : "internal";
    const message =
      reason === "timed_out" ? `took longer than ${this.#claim.step.timeoutMs} ms` : this.#told(error);
    const failed = { type: "step_failed", reason, error: { code, message }, ...this.#attempt(), at } as const;
    return again === undefined ? failed : { ...failed, retryAt: again };
  }

  /** Clients read it: what the system says names places of the server, which the log alone may. */
  #told(error: unknown): string {
    const isOfSystem = error instanceof Error && "syscall" in error && "code" in error;
    if (!isOfSystem) return messageOf(error);
    this.#settings.onError(error);
    return `the server could not do ${String(error.syscall)} (${String(error.code)}): its log says where`;
  }

  get #claim() {
    return this.#begun.claim;
  }

  get #settings(): EngineSettings {
    return this.#parts.settings;
  }

  #attempt(): { task: string; step: string; fence: number } {
    const { task, step } = this.#claim;
    return { task: task.key, step: step.name, fence: step.fence };
  }

  #append(events: readonly JobEvent[]): Promise<Appended | undefined> {
    return this.#settings.store.append(this.#claim.job.id, events);
  }
}
