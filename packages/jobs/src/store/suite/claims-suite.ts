import { expect, it } from "vitest";
import {
  attemptOf,
  claimOne,
  claimSome,
  NO_RULE,
  type OpenStore,
  succeededEvent,
  twoStepJob,
} from "./fixtures.ts";

export function describeClaims(open: OpenStore): void {
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

  it("brings what has begun to its end before it begins what came later", async () => {
    const store = await open();
    await store.create(twoStepJob("a"), NO_RULE);
    const fetched = await claimOne(store);
    await store.create(twoStepJob("b", { createdAt: 12 }), NO_RULE);
    await store.append("a", [succeededEvent(fetched, 20)]);
    const next = await claimSome(store, { now: 20 });
    expect(next.map(({ job, step }) => [job.id, step.name])).toEqual([
      ["a", "run"],
      ["b", "fetch"],
    ]);
  });

  it("leaves alone what is backing off and what the worker cannot do", async () => {
    const store = await open();
    await store.create(twoStepJob("a"), NO_RULE);
    expect(await claimSome(store, { steps: ["run"] })).toEqual([]);
    const claim = await claimOne(store);
    const error = { code: "upstream", message: "down" };
    const failed = { type: "step_failed", reason: "failed", error, retryAt: 99, at: 11 } as const;
    await store.append("a", [{ ...failed, ...attemptOf(claim) }]);
    expect(await claimSome(store, { now: 98 })).toEqual([]);
    expect((await claimOne(store, { now: 99 })).step).toMatchObject({ fence: 2, error });
  });

  it("finds by a claim right behind changes what those made ready, where it keeps their order", async () => {
    const store = await open();
    if (store.inOrder !== true) return;
    const [made, claims] = await Promise.all([store.create(twoStepJob("a"), NO_RULE), claimSome(store)]);
    expect([made.outcome, claims.map(({ step }) => step.name)]).toEqual(["created", ["fetch"]]);
    const [first] = claims;
    if (first === undefined) throw new Error("nothing was begun");
    const [ended, , next] = await Promise.all([
      store.append("a", [succeededEvent(first, 20)]),
      store.create(twoStepJob("b", { priority: -1 }), NO_RULE),
      claimSome(store, { now: 20, limits: { perOwner: 1 } }),
    ]);
    expect([ended?.applied, next.map(({ job, step }) => [job.id, step.name])]).toEqual([
      true,
      [["a", "run"]],
    ]);
    const events = await store.events("a", { after: 0, limit: 100 });
    expect(events.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
  });

  it("names lost leases, and refuses the late result after another one began the step", async () => {
    const store = await open();
    await store.create(twoStepJob("a"), NO_RULE);
    const slow = await claimOne(store);
    expect(await store.lostLeases(39, 10)).toEqual([]);
    const [lost] = await store.lostLeases(40, 10);
    expect(lost && attemptOf(lost)).toEqual(attemptOf(slow));
    const error = { code: "lost", message: "" };
    await store.append("a", [
      {
        type: "step_failed",
        reason: "lost",
        error,
        retryAt: 41,
        at: 40,
        ...attemptOf(slow),
      },
    ]);
    const second = await claimOne(store, { now: 41 });
    expect(await store.append("a", [succeededEvent(slow, 42)])).toMatchObject({ applied: false });
    expect(await store.append("a", [succeededEvent(second, 43)])).toMatchObject({ applied: true });
    expect(await store.append("a", [succeededEvent(second, 44)])).toMatchObject({ applied: false });
  });

  it("lets several events happen at once, up to the first that does not fit", async () => {
    const store = await open();
    await store.create(twoStepJob("a"), NO_RULE);
    const claim = await claimOne(store);
    const begins = { task: "t", step: "run", fence: 1, worker: "w", until: 60, at: 20 } as const;
    const both = [succeededEvent(claim, 20), { type: "step_started", ...begins }] as const;
    expect(await store.append("a", both)).toMatchObject({ applied: true });
    const events = await store.events("a", { after: 0, limit: 100 });
    expect(events.slice(-2).map(({ event }) => event.type)).toEqual(["step_succeeded", "step_started"]);
    expect(events.at(-1)?.sequence).toBe(events.length);
    const late = await store.append("a", [...both, { type: "step_succeeded", output: 1, ...begins }]);
    expect(late).toMatchObject({ applied: false });
    expect((await store.get("a"))?.tasks[0]?.steps[1]).toMatchObject({ state: "running", fence: 1 });
    const progress = {
      type: "step_progressed",
      fraction: 0.5,
      task: "t",
      step: "run",
      fence: 1,
      at: 21,
    } as const;
    const half = await store.append("a", [progress, succeededEvent(claim, 22)]);
    expect([half?.applied, half?.job.tasks[0]?.steps[1]?.progress?.fraction]).toEqual([false, 0.5]);
    expect((await store.get("a"))?.tasks[0]?.steps[1]?.progress?.fraction).toBe(0.5);
  });

  it("keeps a lease that is renewed, without an event", async () => {
    const store = await open();
    await store.create(twoStepJob("a"), NO_RULE);
    const claim = await claimOne(store);
    const before = await store.events("a", { after: 0, limit: 100 });
    await store.append("a", [{ type: "lease_renewed", ...attemptOf(claim), until: 100, at: 20 }]);
    expect(await store.lostLeases(99, 10)).toEqual([]);
    expect(await store.events("a", { after: 0, limit: 100 })).toEqual(before);
  });

  it("names leases that end later than any should", async () => {
    const store = await open();
    await store.create(twoStepJob("a"), NO_RULE);
    const claim = await claimOne(store);
    expect(await store.leasesAfter(40, 10)).toEqual([]);
    expect((await store.leasesAfter(39, 10)).map(attemptOf)).toEqual([attemptOf(claim)]);
  });

  it("goes on after the clock was set back while a step backed off", async () => {
    const store = await open();
    await store.create(twoStepJob("a", { createdAt: 1e9 }), NO_RULE);
    const claim = await claimOne(store, { now: 1e9 });
    const failed = { type: "step_failed", reason: "failed", error: { code: "x", message: "" } } as const;
    await store.append("a", [{ ...failed, retryAt: 1e9 + 1000, at: 1e9, ...attemptOf(claim) }]);
    expect(await claimSome(store, { now: 1e9 })).toEqual([]);
    expect(await claimSome(store, { now: 1e9 - 3_600_000 })).toHaveLength(1);
  });
}
