import { setTimeout as sleep } from "node:timers/promises";
import { GatewayError } from "@zarr-gateway/primitives";
import { afterEach, describe, expect, it } from "vitest";
import type { StepCall, StepDefinition } from "../definition.ts";
import type { RecordedEvent } from "../event.ts";
import type { JobEngine } from "../job-engine.ts";
import { noLogs } from "../job-logs.ts";
import type { JobRecord } from "../record.ts";
import { jobState } from "../reducer/job-state.ts";
import { memoryJobStore } from "../store/memory-job-store.ts";
import { openSqliteJobStore } from "../store/sqlite-job-store.ts";
import type { JobEngineOptions } from "./engine-options.ts";
import { createJobEngine } from "./store-job-engine.ts";
import { ManualClock } from "./testing/manual-clock.ts";

const engines: JobEngine[] = [];
afterEach(async () => {
  for (const engine of engines.splice(0)) await engine.close();
});

const FAST = { pollMs: 5, leaseMs: 600, graceMs: 5 };

function engineWith(
  step: Partial<StepDefinition>,
  options: Partial<JobEngineOptions> = {},
  calls: readonly StepCall[] = [{ step: "s" }],
): JobEngine {
  const engine = createJobEngine({ store: memoryJobStore(), ...FAST, ...options });
  const retry = { maxAttempts: 2, delayMs: 1 };
  engine.defineStep({ name: "s", retry, run: async (input) => ({ was: input }), ...step });
  const params = {
    parse: (input: unknown): number => {
      if (typeof input !== "number") throw new Error("expected a number");
      return input;
    },
  };
  engine.defineJob({ name: "d", params, plan: (input) => [{ key: "t", input, steps: calls }] });
  engines.push(engine);
  return engine;
}

async function ended(engine: JobEngine, id: string): Promise<JobRecord> {
  for await (const _event of engine.watch(id)) void _event;
  const job = await engine.get(id);
  if (job === undefined) throw new Error("the job is gone");
  return job;
}

function hanging(seen: { signal?: AbortSignal }): Partial<StepDefinition> {
  return {
    run: (_input, _settings, { signal }) => {
      seen.signal = signal;
      return new Promise(() => {});
    },
  };
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await sleep(2);
}

describe("a job engine", () => {
  it("runs the steps of a job one after the other, each on what the one before gave", async () => {
    const engine = engineWith({}, {}, [{ step: "s" }, { step: "s", name: "then" }]);
    engine.start();
    const job = await ended(engine, (await engine.submit("d", 1)).id);
    expect(jobState(job)).toBe("succeeded");
    expect(job.tasks[0]?.steps.at(-1)?.output).toEqual({ was: { was: 1 } });
  });

  it("does not try again what says that it is final", async () => {
    const engine = engineWith({
      run: () => Promise.reject(new GatewayError("model_failed", "no use", { isFinal: true })),
    });
    engine.start();
    const job = await ended(engine, (await engine.submit("d", 1)).id);
    expect(jobState(job)).toBe("failed");
    expect(job.tasks[0]?.steps[0]?.attempts).toHaveLength(1);
  });

  it("refuses unknown jobs, wrong parameters and taken names", async () => {
    const engine = engineWith({});
    await expect(engine.submit("x", 1)).rejects.toMatchObject({ code: "not_found" });
    await expect(engine.submit("d", "1")).rejects.toMatchObject({
      code: "invalid_request",
      message: 'parameters of "d": expected a number',
    });
    expect(() => engine.defineStep({ name: "s", run: async () => null })).toThrow('two steps are named "s"');
    await expect(engine.cancel("nobody")).rejects.toMatchObject({ code: "not_found" });
  });

  it("answers a full queue with the position and when to come again", async () => {
    const engine = engineWith({}, { maxQueued: 1 });
    const { id } = await engine.submit("d", 1);
    expect(await engine.position(id)).toBe(0);
    await expect(engine.submit("d", 2)).rejects.toMatchObject({
      code: "queue_full",
      details: { position: 1, retryAfterSeconds: 10 },
    });
  });

  it("makes one job of two requests under one key, and refuses another request under it", async () => {
    const engine = engineWith({});
    const first = await engine.submit("d", 1, { idempotencyKey: "k" });
    expect((await engine.submit("d", 1, { idempotencyKey: "k" })).id).toBe(first.id);
    await expect(engine.submit("d", 2, { idempotencyKey: "k" })).rejects.toMatchObject({
      code: "unprocessable",
    });
    expect((await engine.submit("d", 1, { idempotencyKey: "k", owner: "o" })).id).not.toBe(first.id);
  });

  it("tries again what failed, then keeps it as dead until somebody asks for it anew", async () => {
    let attempts = 0;
    const run = async () => {
      attempts += 1;
      if (attempts <= 2) throw new GatewayError("upstream", "down");
      return null;
    };
    const engine = engineWith({ run });
    engine.start();
    const { id } = await engine.submit("d", 1);
    const dead = await ended(engine, id);
    expect(jobState(dead)).toBe("failed");
    expect(dead.tasks[0]?.steps[0]).toMatchObject({ fence: 2, error: { code: "upstream", message: "down" } });
    await engine.retry(id);
    expect(jobState(await ended(engine, id))).toBe("succeeded");
    await expect(engine.retry(id)).rejects.toMatchObject({ code: "conflict" });
  });

  it("reaches running code by its signal when the job is cancelled, and never begins the rest", async () => {
    const seen: { signal?: AbortSignal } = {};
    const engine = engineWith(hanging(seen), {}, [{ step: "s" }, { step: "s", name: "then" }]);
    engine.start();
    const { id } = await engine.submit("d", 1);
    await until(() => seen.signal !== undefined);
    expect(jobState(await engine.cancel(id))).toBe("cancelling");
    const job = await ended(engine, id);
    expect(seen.signal?.aborted).toBe(true);
    expect(jobState(job)).toBe("cancelled");
    expect(job.tasks[0]?.steps.map((step) => step.fence)).toEqual([1, 0]);
  });

  it("waits for stopped code to end, for a while", async () => {
    let hasEnded = false;
    const run: StepDefinition["run"] = async (_input, _settings, { signal }) => {
      await sleep(60_000, undefined, { signal }).catch(() => sleep(50));
      hasEnded = true;
      return null;
    };
    const engine = engineWith({ run }, { graceMs: 5000 });
    engine.start();
    const { id } = await engine.submit("d", 1);
    for await (const { event } of engine.watch(id))
      if (event.type === "step_started") await engine.cancel(id);
    expect(hasEnded).toBe(true);
    const job = await engine.get(id);
    expect(job && jobState(job)).toBe("cancelled");
  });

  it("learns of a cancellation in another engine by its heartbeat", async () => {
    const store = memoryJobStore();
    const seen: { signal?: AbortSignal } = {};
    const worker = engineWith(hanging(seen), { store });
    const front = engineWith({}, { store });
    worker.start();
    const { id } = await front.submit("d", 1);
    await until(() => seen.signal !== undefined);
    await front.cancel(id);
    expect(jobState(await ended(front, id))).toBe("cancelled");
    expect(seen.signal?.aborted).toBe(true);
  });

  it("stops a step whose time is over", async () => {
    const engine = engineWith({ ...hanging({}), timeoutMs: 5 });
    engine.start();
    const job = await ended(engine, (await engine.submit("d", 1)).id);
    expect(job.tasks[0]?.steps[0]).toMatchObject({
      state: "failed",
      error: { message: "took longer than 5 ms" },
    });
    expect(job.tasks[0]?.steps[0]?.attempts.map((attempt) => attempt.outcome)).toEqual([
      "timed_out",
      "timed_out",
    ]);
  });

  it("keeps its lease by heartbeats, and its progress is seen", async () => {
    const clock = new ManualClock();
    const done = Promise.withResolvers<void>();
    const run: StepDefinition["run"] = async (_input, _settings, { progress }) => {
      progress({ fraction: 0.5, message: "half of it" });
      await done.promise;
      return "done";
    };
    const engine = engineWith({ run }, { clock });
    engine.start();
    const { id } = await engine.submit("d", 1);
    await clock.pass(3000);
    expect((await engine.get(id))?.tasks[0]?.steps[0]).toMatchObject({
      fence: 1,
      state: "running",
      progress: { fraction: 0.5, message: "half of it" },
    });
    done.resolve();
    const types: string[] = [];
    for await (const { event } of engine.watch(id)) types.push(event.type);
    expect(types).toContain("step_progressed");
    expect((await engine.get(id))?.tasks[0]?.steps[0]).toMatchObject({ fence: 1, output: "done" });
    const closed = engine.close();
    await clock.pass(100);
    await closed;
  });

  it("hands a closing engine's step to another, and goes on watching from any number", async () => {
    const store = memoryJobStore();
    const seen: { signal?: AbortSignal } = {};
    const first = engineWith(hanging(seen), { store });
    first.start();
    const { id } = await first.submit("d", 1);
    await until(() => seen.signal !== undefined);
    await first.close();
    const second = engineWith({}, { store });
    second.start();
    expect(jobState(await ended(second, id))).toBe("succeeded");
    const all: RecordedEvent[] = [];
    for await (const event of second.watch(id)) all.push(event);
    const rest: RecordedEvent[] = [];
    for await (const event of second.watch(id, 3)) rest.push(event);
    expect(rest).toEqual(all.slice(3));
  });

  it("lets results expire when their time is over, and then forgets the job with its logs", async () => {
    const removed: string[] = [];
    const logs = { ...noLogs, remove: async (job: string) => void removed.push(job) };
    const engine = engineWith({}, { retentionMs: 1, recordsMs: 1, logs });
    engine.start();
    const { id } = await engine.submit("d", 1);
    const states = new Set<string>();
    for await (const { event } of engine.watch(id))
      if (event.type === "job_state_changed") states.add(event.state);
    for (let job = await engine.get(id); job !== undefined; job = await engine.get(id)) await sleep(2);
    expect([...states]).toContain("succeeded");
    expect(removed).toEqual([id]);
  });

  it("ends a job whose deadline passed as failed, whether it waits or runs", async () => {
    const seen: { signal?: AbortSignal } = {};
    const engine = engineWith(hanging(seen), {}, [{ step: "s" }, { step: "s", name: "then" }]);
    const plan = () => [{ key: "t", input: null, steps: [{ step: "s" }, { step: "s", name: "then" }] }];
    engine.defineJob({ name: "short", params: { parse: () => null }, deadlineMs: 30, plan });
    engine.start();
    const runs = await engine.submit("short", null);
    await until(() => seen.signal !== undefined);
    const waits = await engine.submit("short", null);
    for (const { id } of [runs, waits]) {
      const job = await ended(engine, id);
      expect(jobState(job)).toBe("failed");
      const error = { code: "timed_out", message: "the job did not end within 30 ms" };
      expect(job.tasks[0]?.steps).toMatchObject([{ error }, { error }]);
    }
    expect(seen.signal?.aborted).toBe(true);
  });

  it("asks a definition's check before it keeps a job, and holds the definition's own limits", async () => {
    const engine = engineWith({}, { maxQueued: 5 });
    engine.defineJob({
      name: "checked",
      description: "Looks first.",
      schema: { type: "number" },
      params: { parse: Number },
      check: async (params) => {
        if (params > 9) throw new GatewayError("invalid_request", "too far");
      },
      maxQueued: 1,
      retentionMs: 7,
      plan: () => [{ key: "t", input: null, steps: [{ step: "s" }] }],
    });
    await expect(engine.submit("checked", 10)).rejects.toMatchObject({
      code: "invalid_request",
      message: "too far",
    });
    expect(await engine.submit("checked", 1)).toMatchObject({ retentionMs: 7 });
    await expect(engine.submit("checked", 1)).rejects.toMatchObject({ code: "queue_full" });
    expect(engine.definitions()).toEqual([
      { name: "d" },
      { name: "checked", description: "Looks first.", schema: { type: "number" } },
    ]);
  });

  it("takes an id that its client made, unless it is taken or no id", async () => {
    const engine = engineWith({});
    expect(await engine.submit("d", 1, { id: "exec_1" })).toMatchObject({ id: "exec_1" });
    await expect(engine.submit("d", 1, { id: "exec_1" })).rejects.toMatchObject({ code: "conflict" });
    await expect(engine.submit("d", 1, { id: "../x" })).rejects.toMatchObject({ code: "invalid_request" });
  });

  it("removes only what has ended, and whoever watches it is let go", async () => {
    const engine = engineWith({});
    const { id } = await engine.submit("d", 1);
    await expect(engine.remove(id)).rejects.toMatchObject({ code: "conflict" });
    await engine.cancel(id);
    await engine.remove(id);
    await expect(engine.remove(id)).rejects.toMatchObject({ code: "not_found" });
    expect(await engine.get(id)).toBeUndefined();
    expect((await engine.stats()).definitions).toEqual([]);
  });

  it("gives what a step logs to the log of its attempt, and keeps its news in bounds", async () => {
    const lines: unknown[] = [];
    const logs = { ...noLogs, append: (...line: unknown[]) => void lines.push(line) };
    const run: StepDefinition["run"] = async (_input, _settings, { log, progress }) => {
      log("one");
      progress({ fraction: 7, current: 2, total: Number.NaN, message: "m".repeat(2000), details: { a: 1 } });
      return null;
    };
    const engine = engineWith({ run }, { logs });
    engine.start();
    const { id } = await engine.submit("d", 1);
    const all: RecordedEvent[] = [];
    for await (const event of engine.watch(id)) all.push(event);
    expect(lines).toEqual([[{ job: id, task: "t", step: "s", fence: 1 }, "one"]]);
    const news = all.find(({ event }) => event.type === "step_progressed")?.event;
    expect(news).toMatchObject({ fraction: 1, current: 2, details: { a: 1 }, message: "m".repeat(1000) });
    expect(news).not.toHaveProperty("total");
  });

  it("calls results expired before their time, but not those of a job that goes on", async () => {
    const engine = engineWith({});
    const { id } = await engine.submit("d", 1);
    await expect(engine.expire(id)).rejects.toMatchObject({ code: "conflict" });
    await expect(engine.expire("nobody")).rejects.toMatchObject({ code: "not_found" });
    engine.start();
    await ended(engine, id);
    expect(jobState(await engine.expire(id))).toBe("expired");
    expect(jobState(await engine.expire(id))).toBe("expired");
  });

  it("ends a step whose output no store can keep as failed", async () => {
    // What a step in JavaScript may give, whatever its type says.
    const run = (async () => 1n) as unknown as StepDefinition["run"];
    const engine = engineWith({ run });
    engine.start();
    const job = await ended(engine, (await engine.submit("d", 1)).id);
    expect(job.tasks[0]?.steps[0]).toMatchObject({ state: "failed", error: { code: "invalid_request" } });
  });

  it("keeps a result when the store is away for a moment, without a failed attempt", async () => {
    const store = memoryJobStore();
    let failures = 1;
    const shaky: typeof store = {
      ...store,
      append: async (id, event) => {
        if (event.type === "step_succeeded" && failures-- > 0) throw new GatewayError("overloaded", "busy");
        return store.append(id, event);
      },
    };
    const engine = engineWith({}, { store: shaky });
    engine.start();
    const job = await ended(engine, (await engine.submit("d", 1)).id);
    expect(job.tasks[0]?.steps[0]?.attempts.map((attempt) => attempt.outcome)).toEqual(["succeeded"]);
  });

  it("runs many jobs at once on a SQLite file", async () => {
    const store = openSqliteJobStore(":memory:");
    const engine = engineWith({}, { store, concurrency: 4 }, [{ step: "s" }, { step: "s", name: "then" }]);
    engine.start();
    const jobs = await Promise.all(Array.from({ length: 20 }, (_, index) => engine.submit("d", index)));
    const all = await Promise.all(jobs.map((job) => ended(engine, job.id)));
    expect(all.every((job) => jobState(job) === "succeeded")).toBe(true);
    await engine.close();
    await store.close();
  });
});
