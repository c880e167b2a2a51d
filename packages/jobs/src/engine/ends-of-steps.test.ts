import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { GatewayError } from "@zarr-gateway/primitives";
import { describe, expect, it } from "vitest";
import type { StepDefinition } from "../definition.ts";
import type { RecordedEvent } from "../event.ts";
import { noLogs } from "../job-logs.ts";
import { jobState } from "../reducer/job-state.ts";
import { memoryJobStore } from "../store/memory-job-store.ts";
import { closeEnginesAfterEach, ended, engineWith, hanging, until } from "./testing/engines.ts";
import { ManualClock } from "./testing/manual-clock.ts";

closeEnginesAfterEach();

describe("a job engine and what ends", () => {
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

  it("names no place of the server where the system refuses, and the log does", async () => {
    const errors: unknown[] = [];
    const run: StepDefinition["run"] = async () => readFileSync("/nowhere/of/the/server", "utf8");
    const engine = engineWith({ run, retry: { maxAttempts: 1 } }, { onError: (error) => errors.push(error) });
    engine.start();
    const job = await ended(engine, (await engine.submit("d", 1)).id);
    const message = "the server could not do open (ENOENT): its log says where";
    expect(job.tasks[0]?.steps[0]?.error).toEqual({ code: "internal", message });
    expect(String(errors[0])).toContain("/nowhere/of/the/server");
  });

  it("tells others soon what the code says, and not at each word", async () => {
    const clock = new ManualClock();
    const store = memoryJobStore();
    let kept = 0;
    const append: typeof store.append = (id, events) => {
      kept += Number(events.some(({ type }) => type === "step_progressed"));
      return store.append(id, events);
    };
    const done = Promise.withResolvers<void>();
    let say = (_fraction: number): void => {};
    const run: StepDefinition["run"] = async (_input, _settings, { progress }) => {
      say = (fraction) => progress({ fraction });
      await done.promise;
      return null;
    };
    const engine = engineWith({ run }, { clock, store: { ...store, append }, leaseMs: 30_000 });
    engine.start();
    const { id } = await engine.submit("d", 1);
    await clock.pass(1000);
    for (const fraction of [0.1, 0.2, 0.3]) say(fraction);
    await clock.pass(300);
    expect((await engine.get(id))?.tasks[0]?.steps[0]?.progress?.fraction).toBe(0.3);
    expect(kept).toBe(1);
    for (let fraction = 0.3; fraction < 0.4; fraction += 0.001) {
      say(fraction);
      await clock.pass(10);
    }
    expect(kept).toBeLessThan(8);
    done.resolve();
    const closed = engine.close();
    await clock.pass(100);
    await closed;
  });

  it("hands a closing engine's step to another, and goes on watching from any number", async () => {
    const store = memoryJobStore();
    const seen: { signal?: AbortSignal } = {};
    const once = { retry: { maxAttempts: 1 } };
    const first = engineWith({ ...hanging(seen), ...once }, { store });
    first.start();
    const { id } = await first.submit("d", 1);
    await until(() => seen.signal !== undefined);
    await first.close();
    const second = engineWith(once, { store });
    second.start();
    const job = await ended(second, id);
    expect(jobState(job)).toBe("succeeded");
    expect(job.tasks[0]?.steps[0]?.attempts.map(({ outcome }) => outcome)).toEqual([
      "handed_back",
      "succeeded",
    ]);
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

  it("keeps a result when the store is away for a moment, without a failed attempt", async () => {
    const store = memoryJobStore();
    let failures = 1;
    const shaky: typeof store = {
      ...store,
      append: async (id, events) => {
        const isEnd = events.some(({ type }) => type === "step_succeeded");
        if (isEnd && failures-- > 0) throw new GatewayError("overloaded", "busy");
        return store.append(id, events);
      },
    };
    const engine = engineWith({}, { store: shaky });
    engine.start();
    const job = await ended(engine, (await engine.submit("d", 1)).id);
    expect(job.tasks[0]?.steps[0]?.attempts.map((attempt) => attempt.outcome)).toEqual(["succeeded"]);
  });
});
