import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Json } from "../../json-value.ts";
import { openSqliteJobStore } from "../sqlite-job-store.ts";
import { attemptOf, claimOne, NO_RULE, succeededEvent, twoStepJob } from "../suite/fixtures.ts";

let folder = "";
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "zarr-gateway-known-jobs-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function freshPath(): string {
  count += 1;
  return join(folder, `${count}.db`);
}

describe("records that a connection knows", () => {
  it("are what another connection reads, after each change", async () => {
    const path = freshPath();
    const store = openSqliteJobStore(path);
    const other = openSqliteJobStore(path);
    await store.create(twoStepJob("a"), NO_RULE);
    for (let step = 0; step < 2; step++) {
      const claim = await claimOne(store);
      expect(await other.get("a")).toEqual(await store.get("a"));
      const appended = await store.append("a", [succeededEvent(claim, 20)]);
      expect(await other.get("a")).toEqual(appended?.job);
      expect(await store.get("a")).toBe(appended?.job);
    }
    await store.append("a", [{ type: "job_expired", at: 30 }]);
    expect(await other.get("a")).toMatchObject({ endedAt: 20, expiredAt: 30 });
    await store.remove("a");
    expect(await store.get("a")).toBeUndefined();
    for (const one of [store, other]) await one.close();
  });

  it("are read again when another connection has written", async () => {
    const path = freshPath();
    const store = openSqliteJobStore(path);
    const other = openSqliteJobStore(path);
    await store.create(twoStepJob("a"), NO_RULE);
    expect((await store.get("a"))?.tasks[0]?.steps[0]?.state).toBe("ready");
    const claim = await claimOne(other);
    expect((await store.get("a"))?.tasks[0]?.steps[0]?.state).toBe("running");
    await other.append("a", [succeededEvent(claim, 20)]);
    // a late end of the same attempt, by who knew it running
    expect(await store.append("a", [succeededEvent(claim, 21)])).toMatchObject({ applied: false });
    await claimOne(store, { now: 25 });
    await other.append("a", [{ type: "job_cancelled", at: 26 }]);
    expect(await store.get("a")).toEqual(await other.get("a"));
    for (const one of [store, other]) await one.close();
  });

  it("are forgotten with a transaction that is rolled back", async () => {
    const path = freshPath();
    const store = openSqliteJobStore(path);
    for (const id of ["a", "b"]) await store.create(twoStepJob(id), NO_RULE);
    const [one, two] = [await claimOne(store), await claimOne(store)];
    const output = 1n as unknown as Json; // what the database cannot take
    const made = await Promise.allSettled([
      store.append(two.job.id, [succeededEvent(two, 20)]),
      store.append(one.job.id, [{ type: "step_succeeded", ...attemptOf(one), output, at: 20 }]),
    ]);
    expect(made.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    const fresh = openSqliteJobStore(path);
    for (const id of ["a", "b"]) expect(await store.get(id)).toEqual(await fresh.get(id));
    expect((await store.get(one.job.id))?.tasks[0]?.steps[0]?.state).toBe("running");
    expect((await store.get(two.job.id))?.tasks[0]?.steps[0]?.state).toBe("succeeded");
    for (const open of [store, fresh]) await open.close();
  });

  it("are not kept when they are large, nor for ever", async () => {
    const store = openSqliteJobStore(freshPath());
    await store.create(twoStepJob("large", { params: "x".repeat(40_000) }), NO_RULE);
    expect(await store.get("large")).not.toBe(await store.get("large"));
    await store.create(twoStepJob("first"), NO_RULE);
    const first = await store.get("first");
    expect(await store.get("first")).toBe(first);
    for (let index = 0; index < 256; index++) {
      await store.create(twoStepJob(`j${index}`), NO_RULE);
      await store.get(`j${index}`);
    }
    expect(await store.get("first")).not.toBe(first);
    await store.close();
  });
});
