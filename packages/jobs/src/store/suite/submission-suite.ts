import { expect, it } from "vitest";
import { claimSome, NO_RULE, type OpenStore, twoStepJob } from "./fixtures.ts";

export function describeSubmission(open: OpenStore): void {
  it("gives back the record that was put in, and nothing for an unknown id", async () => {
    const store = await open();
    const job = twoStepJob("a");
    expect(await store.create(job, NO_RULE)).toEqual({ outcome: "created", job });
    expect(await store.get("a")).toEqual(job);
    expect(await store.get("b")).toBeUndefined();
    expect(await store.append("b", [{ type: "job_cancelled", at: 0 }])).toBeUndefined();
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

  it("refuses an id that is taken, and leaves its job as it is", async () => {
    const store = await open();
    await store.create(twoStepJob("a"), NO_RULE);
    expect(await store.create(twoStepJob("a", { createdAt: 5 }), NO_RULE)).toEqual({ outcome: "taken" });
    expect(await store.get("a")).toEqual(twoStepJob("a"));
  });

  it("takes jobs in any order of their times, as several processes bring them", async () => {
    const store = await open();
    const now = 1_763_800_000_000;
    for (const [index, at] of [now + 1, now + 1, now, now, now + 1, now].entries())
      expect(await store.create(twoStepJob(`j${index}`, { createdAt: at }), NO_RULE)).toMatchObject({
        outcome: "created",
      });
    const listed = await store.list({ limit: 10 });
    expect(listed.map(({ createdAt }) => createdAt - now)).toEqual([1, 1, 1, 0, 0, 0]);
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
