import { expect, it } from "vitest";
import { jobState } from "../../reducer/job-state.ts";
import { claimOne, finish, NO_RULE, type OpenStore, twoStepJob } from "./fixtures.ts";

export function describeHistory(open: OpenStore): void {
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
    await store.append("a", [{ type: "job_expired", at: 120 }]);
    expect(await store.dueToExpire(1000, 10)).toEqual([]);
    const job = await store.get("a");
    expect(job && jobState(job)).toBe("expired");
  });

  it("names jobs whose deadline passed, until they are cancelled", async () => {
    const store = await open();
    await store.create(twoStepJob("a", { deadlineAt: 50 }), NO_RULE);
    await store.create(twoStepJob("b"), NO_RULE);
    await store.create(twoStepJob("c", { deadlineAt: 60 }), NO_RULE);
    await claimOne(store);
    expect(await store.overdue(49, 10)).toEqual([]);
    expect(await store.overdue(60, 10)).toEqual(["a", "c"]);
    for (const id of ["a", "c"])
      await store.append(id, [{ type: "job_cancelled", reason: "timed_out", at: 60 }]);
    expect(await store.overdue(60, 10)).toEqual([]);
    const [a, c] = [await store.get("a"), await store.get("c")];
    expect(a && jobState(a)).toBe("cancelling");
    expect(c && jobState(c)).toBe("failed");
    const error = { code: "timed_out", message: "the job did not end within 60 ms" };
    expect(c?.tasks[0]?.steps).toMatchObject([
      { state: "failed", error },
      { state: "failed", error },
    ]);
  });

  it("names jobs whose record is over, and removes them with their events and keys", async () => {
    const store = await open();
    const rule = { maxQueued: 10, idempotency: { key: "k", digest: "1", expiresAt: 1e6 } };
    await store.create(twoStepJob("a"), rule);
    expect(await store.remove("a")).toBe(false);
    await finish(store, "a");
    expect(await store.outlived(1e6, 10)).toEqual([]);
    await store.append("a", [{ type: "job_expired", at: 120 }]);
    expect(await store.outlived(119, 10)).toEqual([]);
    expect(await store.outlived(120, 10)).toEqual(["a"]);
    expect(await store.remove("a")).toBe(true);
    expect(await store.remove("a")).toBeUndefined();
    expect(await store.get("a")).toBeUndefined();
    expect(await store.events("a", { after: 0, limit: 10 })).toEqual([]);
    expect(await store.outlived(1e6, 10)).toEqual([]);
    expect((await store.create(twoStepJob("a"), rule)).outcome).toBe("created");
  });

  it("says up to which event each of many jobs has come", async () => {
    const store = await open();
    await store.create(twoStepJob("a"), NO_RULE);
    await store.create(twoStepJob("b"), NO_RULE);
    await finish(store, "a");
    const { length } = await store.events("a", { after: 0, limit: 100 });
    expect(await store.latest(["a", "b", "x"])).toEqual(
      new Map([
        ["a", { sequence: length, hasEnded: true }],
        ["b", { sequence: 3, hasEnded: false }],
      ]),
    );
    expect(await store.latest([])).toEqual(new Map());
  });
}
