import { GatewayError, isGatewayError, messageOf } from "@zarr-gateway/primitives";
import type { StepContext, StepDefinition } from "../definition.ts";
import type { JobEvent } from "../event.ts";
import type { Claim } from "../job-store.ts";
import { type Json, storedJson } from "../json-value.ts";
import { retryAt } from "../planner/retry-delay.ts";
import { stepInput } from "../planner/step-input.ts";
import type { FailureReason, StepProgress } from "../record.ts";
import type { EngineSettings } from "./engine-options.ts";
import { keptProgress } from "./kept-progress.ts";
import { untilStopped } from "./until-stopped.ts";

/** Cancellation and progress reach other processes within this time. */
const MAX_BEAT_MS = 2000;
/** Between tries to keep an end while the store is away. */
const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 2000;

type StopReason = "cancelled" | "timed_out" | "lost" | "closing";

/** One attempt in this engine's hands: runs the code, tells the store that it lives, and how it ended. */
export class StepRun {
  readonly #claim: Claim;
  readonly #settings: EngineSettings;
  readonly #controller = new AbortController();
  #stopped: StopReason | undefined;
  #news: StepProgress | undefined;
  #ended = false;
  #isClosing = false;
  #callOffBeat = (): void => {};

  constructor(claim: Claim, settings: EngineSettings) {
    this.#claim = claim;
    this.#settings = settings;
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
   */
  async run(definition: StepDefinition, onEnding: () => void = () => {}): Promise<void> {
    const { clock } = this.#settings;
    const { timeoutMs } = this.#claim.step;
    const callOffTimeout =
      timeoutMs === undefined ? () => {} : clock.after(timeoutMs, () => this.stop("timed_out"));
    this.#beatLater();
    try {
      const end = await this.#execute(definition).then(
        (output): JobEvent => ({ type: "step_succeeded", output, ...this.#attempt(), at: clock.now() }),
        (error: unknown) => this.#endOf(error),
      );
      // Outside of the step's own failures: a store that is away must not make a result a failure.
      if (end !== undefined) await this.#keepEnd(end, onEnding);
    } finally {
      this.#ended = true;
      callOffTimeout();
      this.#callOffBeat();
    }
  }

  async #execute(definition: StepDefinition): Promise<Json> {
    const { job, task, step } = this.#claim;
    const context: StepContext = {
      jobId: job.id,
      taskKey: task.key,
      stepName: step.name,
      attempt: step.fence,
      signal: this.#controller.signal,
      progress: (news) => {
        this.#news = keptProgress(news);
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
    const beat = (): void =>
      void this.#beat()
        .catch(this.#settings.onError)
        .finally(() => this.#beatLater());
    const delayMs = Math.min(this.#settings.leaseMs / 3, MAX_BEAT_MS);
    this.#callOffBeat = this.#settings.clock.after(delayMs, beat);
  }

  async #beat(): Promise<void> {
    await this.#keepProgress();
    const at = this.#settings.clock.now();
    const until = at + this.#settings.leaseMs;
    const kept = await this.#append({ type: "lease_renewed", until, ...this.#attempt(), at });
    if (kept?.job.cancelRequestedAt !== undefined) this.stop("cancelled");
    else if (kept?.applied !== true) this.stop("lost");
  }

  async #keepProgress(): Promise<void> {
    const news = this.#news;
    if (news === undefined) return;
    this.#news = undefined;
    await this.#append({
      type: "step_progressed",
      ...news,
      ...this.#attempt(),
      at: this.#settings.clock.now(),
    });
  }

  /** Again and again while the store is away: the fence sees to it that the end counts once, or not any more. */
  async #keepEnd(end: JobEvent, onEnding: () => void): Promise<void> {
    const { clock, onError } = this.#settings;
    // Not waited for: changes are made in the order in which they are asked for, these two in one transaction.
    const news = this.#keepProgress().catch(onError);
    for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(2 * pauseMs, MAX_PAUSE_MS)) {
      try {
        const kept = this.#append(end);
        onEnding();
        await kept;
        await news;
        return;
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
    if (this.#stopped === "closing") return { type: "step_handed_back", ...this.#attempt(), at };
    if (this.#stopped === "cancelled") return { type: "step_cancelled", ...this.#attempt(), at };
    const reason: FailureReason = this.#stopped === "timed_out" ? "timed_out" : "failed";
    const isFinal = isGatewayError(error) && error.details["isFinal"] === true;
    const again = isFinal ? undefined : retryAt(this.#claim.step, at, this.#settings.random());
    const code = isGatewayError(error) ? error.code : "internal";
    const message =
      reason === "timed_out" ? `took longer than ${this.#claim.step.timeoutMs} ms` : messageOf(error);
    const failed = { type: "step_failed", reason, error: { code, message }, ...this.#attempt(), at } as const;
    return again === undefined ? failed : { ...failed, retryAt: again };
  }

  #attempt(): { task: string; step: string; fence: number } {
    const { task, step } = this.#claim;
    return { task: task.key, step: step.name, fence: step.fence };
  }

  #append(event: JobEvent) {
    return this.#settings.store.append(this.#claim.job.id, event);
  }
}
