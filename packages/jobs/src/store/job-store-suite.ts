import { afterEach, describe, expect, it } from "vitest";
import type { JobEvent } from "../event.ts";
import type { Claim, JobStore } from "../job-store.ts";
import { plannedJob } from "../planner/plan-job.ts";
import type { JobRecord } from "../record.ts";
import { jobState } from "../reducer/job-state.ts";

const STEPS = new Map(["fetch", "run"].map((name) => [name, { name, run: async () => null }]));
const NO_RULE = { maxQueued: 1000 };

/** A job of one task with two steps, one after the other. */
export function twoStepJob(id: string, wishes: Partial<JobRecord> = {}): JobRecord {
  const blank = {
    id,
    definition: "d",
    owner: "o",
    params: { id },
    priority: 0,
    createdAt: 0,
    retentionMs: 100,
  };
  const plan = [{ key: "t", input: id, steps: [{ step: "fetch" }, { step: "run" }] }];
  return plannedJob({ ...blank, ...wishes }, plan, STEPS);
}

/** What every job store promises. */
export function describeJobStore(name: string, open: () => Promise<JobStore>): void {
  describe(`job store: ${name}`, () => {
    const stores: JobStore[] = [];
    const opened = async (): Promise<JobStore> => {
      const store = await open();
      stores.push(store);
      return store;
    };
    afterEach(async () => {
      for (const store of stores.splice(0)) await store.close();
    });
    describeSubmission(opened);
    describeClaims(opened);
    describeHistory(opened);
    describeLists(opened);
  });
}

type Open = () => Promise<JobStore>;

function claimSome(
  store: JobStore,
  wishes: Partial<Parameters<JobStore["claim"]>[0]> = {},
): Promise<readonly Claim[]> {
  const request = { worker: "w", now: 10, leaseMs: 30, free: 100, steps: ["fetch", "run"], limits: {} };
  return store.claim({ ...request, ...wishes });
}

function attemptOf({ task, step }: Claim) {
  return { task: task.key, step: step.name, fence: step.fence };
}

function succeededEvent(claim: Claim, at: number): JobEvent {
  return { type: "step_succeeded", ...attemptOf(claim), output: { of: claim.step.name }, at };
}

async function claimOne(store: JobStore, wishes = {}): Promise<Claim> {
  const [claim] = await claimSome(store, { ...wishes, free: 1 });
  if (claim === undefined) throw new Error("nothing to claim");
  return claim;
}

async function finish(store: JobStore, id: string): Promise<void> {
  for (let round = 0; round < 2; round++)
    for (const claim of await claimSome(store, { now: 20 }))
      if (claim.job.id === id) await store.append(id, succeededEvent(claim, 20));
}

function describeSubmission(open: Open): void {
  it("gives back the record that was put in, and nothing for an unknown id", async () => {
    const store = await open();
    const job = twoStepJob("a");
    expect(await store.create(job, NO_RULE)).toEqual({ outcome: "created", job });
    expect(await store.get("a")).toEqual(job);
    expect(await store.get("b")).toBeUndefined();
    expect(await store.append("b", { type: "job_cancelled", at: 0 })).toBeUndefined();
  });

  it("refuses more queued jobs of one definition than allowed", async () => {
    const store = await open();
    await store.create(twoStepJob("a"), { maxQueued: 1 });
    expect(await store.create(twoStepJob("b"), { maxQueued: 1 })).toEqual({ outcome: "full", queued: 1 });
    expect((await store.create(twoStepJob("c", { definition: "e" }), { maxQueued: 1 })).outcome).toBe(
      "created",
    );
    await claimSome(store);
    expect((await store.create(twoStepJob("b"), { maxQueued: 1 })).outcome).toBe("created");
  });

  it("answers a repeated key with the first job, another request under it with a refusal, until it is over", async () => {
    const store = await open();
    const rule = { maxQueued: 10, idempotency: { key: "k", digest: "1", expiresAt: 50 } };
    const other = { maxQueued: 10, idempotency: { key: "k", digest: "2", expiresAt: 50 } };
    await store.create(twoStepJob("a"), rule);
    expect(await store.create(twoStepJob("b"), rule)).toMatchObject({
      outcome: "repeated",
      job: { id: "a" },
    });
    expect(await store.create(twoStepJob("c"), other)).toEqual({ outcome: "other_request" });
    expect((await store.create(twoStepJob("d", { owner: "p" }), other)).outcome).toBe("created");
    expect((await store.create(twoStepJob("e", { createdAt: 50 }), other)).outcome).toBe("created");
    expect(await store.get("b")).toBeUndefined();
  });
}

function describeClaims(open: Open): void {
  it("hands each step to one worker, with its lease and fence", async () => {
    const store = await open();
    await store.create(twoStepJob("a"), NO_RULE);
    const claim = await claimOne(store);
    expect(claim.step).toMatchObject({
      name: "fetch",
      state: "running",
      fence: 1,
      lease: { worker: "w", until: 40 },
    });
    expect(await claimSome(store)).toEqual([]);
  });

  it("goes by priority and waiting, and holds the limits of owners and definitions", async () => {
    const store = await open();
    await store.create(twoStepJob("a", { owner: "p" }), NO_RULE);
    await store.create(twoStepJob("b", { createdAt: 5, priority: 1 }), NO_RULE);
    await store.create(twoStepJob("c", { createdAt: 6, priority: 1 }), NO_RULE);
    const limits = { perOwner: 1, perDefinition: { d: 2 } };
    const first = await claimSome(store, { limits });
    expect(first.map((claim) => claim.job.id)).toEqual(["b", "a"]);
    expect(await claimSome(store, { limits })).toEqual([]);
    expect((await claimSome(store)).map((claim) => claim.job.id)).toEqual(["c"]);
  });

  it("leaves alone what is backing off and what the worker cannot do", async () => {
    const store = await open();
    await store.create(twoStepJob("a"), NO_RULE);
    expect(await claimSome(store, { steps: ["run"] })).toEqual([]);
    const claim = await claimOne(store);
    const error = { code: "upstream", message: "down" };
    const failed = { type: "step_failed", reason: "failed", error, retryAt: 99, at: 11 } as const;
    await store.append("a", { ...failed, ...attemptOf(claim) });
    expect(await claimSome(store, { now: 98 })).toEqual([]);
    expect((await claimOne(store, { now: 99 })).step).toMatchObject({ fence: 2, error });
  });

  it("names lost leases, and refuses the late result after another one began the step", async () => {
    const store = await open();
    await store.create(twoStepJob("a"), NO_RULE);
    const slow = await claimOne(store);
    expect(await store.lostLeases(39, 10)).toEqual([]);
    const [lost] = await store.lostLeases(40, 10);
    expect(lost && attemptOf(lost)).toEqual(attemptOf(slow));
    const error = { code: "lost", message: "" };
    await store.append("a", {
      type: "step_failed",
      reason: "lost",
      error,
      retryAt: 41,
      at: 40,
      ...attemptOf(slow),
    });
    const second = await claimOne(store, { now: 41 });
    expect(await store.append("a", succeededEvent(slow, 42))).toMatchObject({ applied: false });
    expect(await store.append("a", succeededEvent(second, 43))).toMatchObject({ applied: true });
    expect(await store.append("a", succeededEvent(second, 44))).toMatchObject({ applied: false });
  });

  it("keeps a lease that is renewed, without an event", async () => {
    const store = await open();
    await store.create(twoStepJob("a"), NO_RULE);
    const claim = await claimOne(store);
    const before = await store.events("a", { after: 0, limit: 100 });
    await store.append("a", { type: "lease_renewed", ...attemptOf(claim), until: 100, at: 20 });
    expect(await store.lostLeases(99, 10)).toEqual([]);
    expect(await store.events("a", { after: 0, limit: 100 })).toEqual(before);
  });
}

function describeHistory(open: Open): void {
  it("numbers the events of a job without gaps and gives them from any number on", async () => {
    const store = await open();
    await store.create(twoStepJob("a"), NO_RULE);
    await finish(store, "a");
    const all = await store.events("a", { after: 0, limit: 100 });
    expect(all.map((one) => one.sequence)).toEqual(all.map((_, index) => index + 1));
    expect(all.map((one) => one.event.type)).toEqual([
      "job_submitted",
      "step_started",
      "job_state_changed",
      "step_succeeded",
      "step_started",
      "step_succeeded",
      "job_state_changed",
    ]);
    expect(await store.events("a", { after: 2, limit: 2 })).toEqual(all.slice(2, 4));
    const job = await store.get("a");
    expect(job && jobState(job)).toBe("succeeded");
    expect(job?.tasks[0]?.steps.map((step) => step.output)).toEqual([{ of: "fetch" }, { of: "run" }]);
  });

  it("names jobs whose results are over, once", async () => {
    const store = await open();
    await store.create(twoStepJob("a"), NO_RULE);
    expect(await store.dueToExpire(1000, 10)).toEqual([]);
    await finish(store, "a");
    expect(await store.dueToExpire(119, 10)).toEqual([]);
    expect(await store.dueToExpire(120, 10)).toEqual(["a"]);
    await store.append("a", { type: "job_expired", at: 120 });
    expect(await store.dueToExpire(1000, 10)).toEqual([]);
    const job = await store.get("a");
    expect(job && jobState(job)).toBe("expired");
  });
}

function describeLists(open: Open): void {
  it("lists newest first, by definition, owner and state, page by page", async () => {
    const store = await open();
    for (const [index, id] of ["a", "b", "c", "d"].entries())
      await store.create(
        twoStepJob(id, { createdAt: index < 2 ? 0 : index, owner: id === "d" ? "p" : "o" }),
        NO_RULE,
      );
    await store.append("c", { type: "job_cancelled", at: 5 });
    const ids = async (filter: object) => (await store.list({ limit: 10, ...filter })).map((job) => job.id);
    expect(await ids({})).toEqual(["d", "c", "b", "a"]);
    expect(await ids({ limit: 2 })).toEqual(["d", "c"]);
    expect(await ids({ after: "c" })).toEqual(["b", "a"]);
    expect(await ids({ after: "b" })).toEqual(["a"]);
    expect(await ids({ after: "unknown" })).toEqual([]);
    expect(await ids({ owner: "o", state: "queued" })).toEqual(["b", "a"]);
    expect(await ids({ state: "cancelled", definition: "d" })).toEqual(["c"]);
    expect(await ids({ definition: "e" })).toEqual([]);
  });

  it("says how many jobs are before one in the queue", async () => {
    const store = await open();
    await store.create(twoStepJob("a"), NO_RULE);
    await store.create(twoStepJob("b", { createdAt: 1 }), NO_RULE);
    await store.create(twoStepJob("c", { createdAt: 2, priority: 5 }), NO_RULE);
    expect(await store.position("c")).toBe(0);
    expect(await store.position("b")).toBe(2);
    expect(await store.position("x")).toBeUndefined();
    await claimOne(store);
    expect(await store.position("c")).toBeUndefined();
    expect(await store.position("b")).toBe(1);
  });
}
