import { type CallOptions, GatewayError, untilAborted } from "@zarr-gateway/primitives";
import type { FieldEstimate, FieldRequest, RolloutCounts, Rollouts } from "../rollouts.ts";
import { lateRefusal, type Question, type Refusal, Retries, refusalOf } from "./admission.ts";
import { FirstStates } from "./first-states.ts";
import { KeptSteps } from "./kept-steps.ts";
import { loadStarts } from "./load-starts.ts";
import type { Settings } from "./rollout-options.ts";
import { RolloutRun, runKey } from "./rollout-run.ts";
import { Scheduler } from "./scheduler.ts";
import { StepTable } from "./step-table.ts";
import { noField, WaitingRoom } from "./waiting-room.ts";

/** Requests for fields: what is kept is handed over, what is not is waited for. */
export class RolloutEngine implements Rollouts {
  readonly #settings: Settings;
  readonly #table: StepTable;
  readonly #kept: KeptSteps;
  readonly #room: WaitingRoom;
  readonly #first: FirstStates;
  readonly #scheduler: Scheduler;
  readonly #retries = new Retries();
  readonly #isState: ReadonlySet<string>;
  /** Of initial times: the first states that were asked for last. */
  readonly #states = new Map<number, string>();
  #isClosed = false;

  constructor(settings: Settings) {
    const { model, steps, cache, keyPrefix, isLasting } = settings;
    this.#settings = settings;
    this.#isState = new Set(model.variables.filter(({ role }) => role === "state").map(({ name }) => name));
    this.#table = new StepTable(model, steps);
    this.#kept = new KeptSteps({ model, table: this.#table, cache, keyPrefix, isLasting });
    this.#room = new WaitingRoom({
      ...settings,
      late: (run, n) => this.#late(run, n),
      deserted: (run) => this.#scheduler.deserted(run),
    });
    const [kept, room, table] = [this.#kept, this.#room, this.#table];
    this.#first = new FirstStates({ ...settings, kept, history: model.history });
    this.#scheduler = new Scheduler({ settings, table, kept, room, first: this.#first });
  }

  get counts(): RolloutCounts {
    return {
      ...this.#scheduler.counts,
      waiters: this.#room.waiters,
      queuedRuns: this.#room.runs.size,
      keptBytes: this.#settings.cache.bytes,
    };
  }

  async field(request: FieldRequest, options: CallOptions = {}): Promise<Float32Array> {
    this.#check(request);
    this.#noteState(request);
    options.signal?.throwIfAborted();
    const { n, variable } = request;
    const key = runKey(request);
    this.#scheduler.walked(key, n);
    const known =
      this.#atHand(key, request) ??
      (await this.#arriving(key, request, options)) ??
      (await this.#kept.recall(key, request, options)) ??
      // a step may have been made while the disk was asked
      this.#atHand(key, request);
    if (known) {
      this.#scheduler.answered(key, n);
      return known;
    }
    options.signal?.throwIfAborted();
    if (n === 0 && this.#isState.has(variable)) return this.#first.field(request, options);
    return this.#wait(request, options);
  }

  estimate(asked: FieldRequest): FieldEstimate {
    this.#check(asked);
    const request = { ...asked, state: asked.state ?? this.#states.get(asked.init) };
    const { n, variable } = request;
    const key = runKey(request);
    const steps = this.#table.path([n], () => false).order.filter((step) => step > 0).length;
    const isKept = this.#atHand(key, request) !== undefined;
    if (isKept) return { steps, stepsKept: steps, stepsAhead: 0, waitMs: 0, isKept };
    if (n === 0 && this.#isState.has(variable))
      return { steps, stepsKept: 0, stepsAhead: 0, waitMs: undefined, isKept };
    const question = this.#question(this.#scheduler.run(key) ?? this.#newRun(request), n, "");
    const { ownSteps, aheadSteps, ownMs, aheadMs } = question;
    const waitMs = ownMs === undefined ? undefined : ownMs + aheadMs;
    return { steps, stepsKept: Math.max(0, steps - ownSteps), stepsAhead: aheadSteps, waitMs, isKept };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    for (const run of [...this.#room.runs]) this.#room.fail(run, overloaded(CLOSING));
    await this.#scheduler.close();
  }

  #atHand(key: string, { n, variable }: FieldRequest): Float32Array | undefined {
    return this.#scheduler.run(key)?.recent.get(n)?.fields.get(variable) ?? this.#kept.peek(key, n, variable);
  }

  /** A field that is made and on its way. */
  #arriving(
    key: string,
    { n, variable }: FieldRequest,
    { signal }: CallOptions,
  ): Promise<Float32Array> | undefined {
    const fields = this.#scheduler.run(key)?.arriving.get(n);
    if (fields === undefined) return undefined;
    const field = fields.then((all) => {
      const values = all.get(variable);
      if (values === undefined) throw noField({ n, variable });
      return values;
    });
    return untilAborted(field, signal);
  }

  async #wait(request: FieldRequest, options: CallOptions): Promise<Float32Array> {
    const key = runKey(request);
    const isFar = this.#refusal(request, options)?.reason === "length";
    if (isFar && this.#settings.isLasting && this.#settings.cache.disk && !this.#retries.knows(key)) {
      await this.#recallStates(request, options);
      const known = this.#atHand(key, request);
      if (known) return known;
    }
    const arriving = this.#arriving(key, request, options);
    if (arriving) return arriving;
    const refusal = this.#refusal(request, options);
    if (refusal?.reason === "length")
      this.#retries.note(key, this.#settings.clock.now() + refusal.retryAfterMs);
    if (refusal) throw overloaded(refusal);
    const run = this.#scheduler.run(key) ?? this.#newRun(request);
    run.remaining = Math.max(run.remaining, this.#question(run, request.n, "").ownSteps);
    const answer = this.#room.enter(run, request, options);
    this.#scheduler.wanted(run);
    return answer;
  }

  #refusal(request: FieldRequest, { client = "" }: CallOptions): Refusal | undefined {
    const { maxWaitMs } = this.#settings;
    if (this.#isClosed) return CLOSING;
    const run = this.#scheduler.run(runKey(request)) ?? this.#newRun(request);
    const question = this.#question(run, request.n, client);
    if (this.#room.hasRoomFor(run, client)) return refusalOf(question);
    const retryAfterMs = Math.min(Math.max(question.aheadMs, 1000), maxWaitMs);
    const waiting = `${this.#room.runs.size} roll-outs with ${this.#room.waiters} requests are waiting`;
    return { reason: "queue", message: `${waiting}, there is no room for more`, retryAfterMs };
  }

  /** Brings states near to a lead from disk into memory: an earlier process may have come as far. */
  async #recallStates(request: FieldRequest, options: CallOptions): Promise<void> {
    const [key, table, kept] = [runKey(request), this.#table, this.#kept];
    const sources = {
      restore: (n: number) => kept.restore(key, n, options),
      initial: () => Promise.resolve({ n: 0, entries: [] }), // only looked for
    };
    const has = (n: number): boolean => this.#scheduler.run(key)?.has(n) === true;
    await loadStarts({ table, target: request.n, has }, sources, options);
  }

  #question(run: RolloutRun, n: number, client: string): Question {
    const { maxWaitMs, clock } = this.#settings;
    return {
      ...this.#scheduler.cost(run, n, client),
      ...{ n, maxWaitMs, isRetry: this.#retries.has(run.key, clock.now()) },
    };
  }

  /** A waiter's time is over: its run goes on until it may have come back. */
  #late(run: RolloutRun, n: number): GatewayError {
    const { maxWaitMs, clock } = this.#settings;
    const refusal = lateRefusal(this.#question(run, n, ""));
    const nowMs = clock.now();
    this.#retries.note(run.key, nowMs);
    run.late = { n, untilMs: nowMs + refusal.retryAfterMs + Math.min(maxWaitMs, GRACE_MS) };
    return overloaded(refusal);
  }

  #newRun({ init, member, state, noise }: FieldRequest): RolloutRun {
    const { conditions } = this.#settings;
    const initialTime = conditions.times.at(init);
    if (initialTime === undefined) throw new GatewayError("not_found", `there is no initial time ${init}`);
    // the control is the same whatever noise the others have
    const own = member > 0 ? noise : undefined;
    const { calendar } = conditions;
    const run = { calendar, initialTime, member, ...(own?.seed !== undefined && { seed: own.seed }) };
    return new RolloutRun({ init, member, state, noise: own }, run);
  }

  #noteState({ init, state }: FieldRequest): void {
    if (state === undefined) return;
    if (this.#states.size >= MAX_STATES) this.#states.clear();
    this.#states.set(init, state);
  }

  #check({ init, member, n, variable }: FieldRequest): void {
    const { conditions, members, steps } = this.#settings;
    const isInside =
      isPosition(init, conditions.times.length) && isPosition(member, members) && isPosition(n, steps + 1);
    if (isInside && this.#kept.valueCount(variable) !== undefined) return;
    const what = `initial time ${init}, member ${member}, step ${n}, variable "${variable}"`;
    throw new GatewayError("not_found", `the forecast has no ${what}`);
  }
}

const MAX_STATES = 10_000;

/** Beyond the time at which a client was told to come back. */
const GRACE_MS = 30_000;

const CLOSING: Refusal = {
  reason: "queue",
  message: "the forecast is being closed, ask again",
  retryAfterMs: 1000,
};

function overloaded({ message, retryAfterMs }: Refusal): GatewayError {
  return new GatewayError("overloaded", message, { retryAfterSeconds: Math.ceil(retryAfterMs / 1000) });
}

function isPosition(value: number, length: number): boolean {
  return Number.isInteger(value) && value >= 0 && value < length;
}
