import { setTimeout as sleep } from "node:timers/promises";
import { GatewayError } from "@zarr-gateway/primitives";
import { describe, expect, it } from "vitest";
import type { StepDefinition } from "../definition.ts";
import type { JobEngine } from "../job-engine.ts";
import type { JobStore } from "../job-store.ts";
import { jobState } from "../reducer/job-state.ts";
import { memoryJobStore } from "../store/memory-job-store.ts";
import type { JobEngineOptions } from "./engine-options.ts";
import { closeEnginesAfterEach, ended, engineWith, until } from "./testing/engines.ts";

closeEnginesAfterEach();

const STEPS = [{ step: "s" }, { step: "brief" }];

interface Noted {
  readonly store: JobStore;
  /** Types of the events that were asked to be kept together, heartbeats not counted. */
  readonly kept: string[];
}

function noted(inner: JobStore = memoryJobStore()): Noted {
  const kept: string[] = [];
  const append: JobStore["append"] = (id, events) => {
    const types = events.map(({ type }) => type).filter((type) => type !== "lease_renewed");
    if (types.length > 0) kept.push(types.join(" "));
    return inner.append(id, events);
  };
  return { kept, store: { ...inner, append } };
}

function engineWithBrief(
  brief: Partial<StepDefinition>,
  options: Partial<JobEngineOptions>,
  step: Partial<StepDefinition> = {},
): JobEngine {
  const engine = engineWith(step, options, STEPS);
  const run: StepDefinition["run"] = async (input) => ({ listed: input });
  engine.defineStep({ name: "brief", isBrief: true, retry: { maxAttempts: 2, delayMs: 1 }, run, ...brief });
  engine.start();
  return engine;
}

const TOGETHER = "step_succeeded step_started step_succeeded";

describe("a brief step", () => {
  it("is kept at once with the end of the step before it, and has its output", async () => {
    const { store, kept } = noted();
    const engine = engineWithBrief({}, { store });
    const job = await ended(engine, (await engine.submit("d", 7)).id);
    expect(kept).toEqual([TOGETHER]);
    expect(job.tasks[0]?.steps.map(({ output }) => output)).toEqual([{ was: 7 }, { listed: { was: 7 } }]);
    const types: string[] = [];
    for await (const { event } of engine.watch(job.id)) types.push(event.type);
    expect(types.filter((type) => type !== "job_state_changed")).toEqual([
      "job_submitted",
      "step_started",
      ...TOGETHER.split(" "),
    ]);
  });

  it("that takes longer is kept as begun, and holds its lease", async () => {
    const { store, kept } = noted();
    const isDone = Promise.withResolvers<null>();
    const engine = engineWithBrief({ run: () => isDone.promise }, { store, leaseMs: 60 });
    const { id } = await engine.submit("d", 1);
    await until(() => kept.length > 0);
    await sleep(150);
    expect((await engine.get(id))?.tasks[0]?.steps.map(({ state }) => state)).toEqual([
      "succeeded",
      "running",
    ]);
    isDone.resolve(null);
    const job = await ended(engine, id);
    expect(kept).toEqual(["step_succeeded step_started", "step_succeeded"]);
    expect(job.tasks[0]?.steps[1]).toMatchObject({ state: "succeeded", fence: 1 });
  });

  it("that fails is tried again by itself", async () => {
    let runs = 0;
    const attempts: number[] = [];
    const run: StepDefinition["run"] = async (_input, _settings, { attempt }) => {
      attempts.push(attempt);
      if (attempts.length === 1) throw new Error("not yet");
      return null;
    };
    const first = { run: async () => ++runs };
    const engine = engineWithBrief({ run }, {}, first);
    const job = await ended(engine, (await engine.submit("d", 1)).id);
    expect([jobState(job), runs, attempts]).toEqual(["succeeded", 1, [1, 2]]);
  });

  it("does not count where the step before it had been lost", async () => {
    const store = memoryJobStore();
    const slow = engineWithBrief(
      { run: async () => "of the slow one" },
      { store, worker: "slow" },
      {
        run: async () => {
          // as after a pause of the whole process past its lease, in which somebody else took the step and ended it
          const [claim] = await store.lostLeases(Number.MAX_SAFE_INTEGER, 1);
          const lease = { leaseUntil: claim?.step.lease?.until ?? 0, retryAt: 0, at: Date.now() };
          const of = { task: "t", step: "s", fence: 1 };
          const error = { code: "internal", message: "lost" };
          await store.append("job", [{ type: "step_failed", reason: "lost", error, ...lease, ...of }]);
          const next = { ...of, fence: 2, at: Date.now() };
          await store.append("job", [
            { type: "step_started", worker: "other", until: Date.now() + 60_000, ...next },
            { type: "step_succeeded", output: "of the other one", ...next },
            {
              type: "step_started",
              worker: "other",
              until: Date.now() + 60_000,
              ...next,
              step: "brief",
              fence: 1,
            },
          ]);
          return "of the slow one";
        },
      },
    );
    await slow.submit("d", 1, { id: "job" });
    await sleep(60);
    const job = await slow.get("job");
    expect(job?.tasks[0]?.steps).toMatchObject([
      { state: "succeeded", output: "of the other one", fence: 2 },
      { state: "running", fence: 1, lease: { worker: "other" } },
    ]);
  });

  it("is not begun any more when its job was cancelled meanwhile", async () => {
    const store = memoryJobStore();
    let briefRuns = 0;
    const run = async () => ++briefRuns;
    const first: { run: StepDefinition["run"] } = {
      run: async (_input, _settings, { jobId }) => {
        await store.append(jobId, [{ type: "job_cancelled", at: Date.now() }]);
        return null;
      },
    };
    const engine = engineWithBrief({ run }, { store, leaseMs: 60_000 }, first);
    const job = await ended(engine, (await engine.submit("d", 1)).id);
    // it may have run for nothing: what counts is that it did not happen
    expect(job.tasks[0]?.steps[1]).toMatchObject({ state: "cancelled", fence: 0 });
    expect(jobState(job)).toBe("cancelled");
  });

  it.each(["before", "after"] as const)(
    "is kept once when the store goes away %s it has kept it",
    async (when) => {
      const inner = memoryJobStore();
      let failures = 2;
      const append: JobStore["append"] = async (id, events) => {
        const isBeat = events.every(({ type }) => type === "lease_renewed");
        const fails = !isBeat && failures-- > 0;
        const kept = fails && when === "before" ? undefined : await inner.append(id, events);
        if (fails) throw new GatewayError("overloaded", "away");
        return kept;
      };
      for (const takesMs of [0, 40]) {
        failures = 2;
        const run: StepDefinition["run"] = async () => sleep(takesMs, "listed");
        const engine = engineWithBrief({ run }, { store: { ...inner, append }, leaseMs: 60_000 });
        const job = await ended(engine, (await engine.submit("d", 1)).id);
        expect(job.tasks[0]?.steps[1]).toMatchObject({ state: "succeeded", fence: 1, output: "listed" });
        expect(job.tasks[0]?.steps.map(({ attempts }) => attempts.length)).toEqual([1, 1]);
      }
    },
  );

  it("goes to another engine when its own one closes", async () => {
    const store = memoryJobStore();
    let isBegun = false;
    const run: StepDefinition["run"] = async (_input, _settings, { signal }) => {
      isBegun = true;
      return sleep(60_000, null, { signal });
    };
    const first = engineWithBrief({ run }, { store });
    const { id } = await first.submit("d", 1);
    await until(() => isBegun);
    await first.close();
    const second = engineWithBrief({}, { store });
    const job = await ended(second, id);
    expect(job.tasks[0]?.steps.map(({ attempts }) => attempts.map(({ outcome }) => outcome))).toEqual([
      ["succeeded"],
      ["handed_back", "succeeded"],
    ]);
  });
});
