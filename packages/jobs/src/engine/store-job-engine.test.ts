import { GatewayError } from "@zarr-gateway/primitives";
import { describe, expect, it } from "vitest";
import type { StepDefinition } from "../definition.ts";
import type { RecordedEvent } from "../event.ts";
import { noLogs } from "../job-logs.ts";
import { jobState } from "../reducer/job-state.ts";
import { openSqliteJobStore } from "../store/sqlite-job-store.ts";
import { closeEnginesAfterEach, ended, engineWith } from "./testing/engines.ts";

closeEnginesAfterEach();

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
    for (const other of [{ priority: 1 }, { besides: "w" }, { priority: 1, besides: "w" }])
      await expect(engine.submit("d", 1, { idempotencyKey: "k", ...other })).rejects.toMatchObject({
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

  it("ends a step whose output no store can keep as failed", async () => {
    // What a step in JavaScript may give, whatever its type says.
    const run = (async () => 1n) as unknown as StepDefinition["run"];
    const engine = engineWith({ run });
    engine.start();
    const job = await ended(engine, (await engine.submit("d", 1)).id);
    expect(job.tasks[0]?.steps[0]).toMatchObject({ state: "failed", error: { code: "invalid_request" } });
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
