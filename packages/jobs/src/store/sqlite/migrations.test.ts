import { readFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { temporaryFolder } from "@zarr-gateway/testkit";
import { describe, expect, it } from "vitest";
import { jobState } from "../../reducer/job-state.ts";
import { openSqliteJobStore } from "../sqlite-job-store.ts";
import { claimSome, NO_RULE, twoStepJob } from "../suite/fixtures.ts";

describe("a jobs database of schema 1", () => {
  it("comes to the newest schema with everything that is in it, and goes on from there", async () => {
    await using folder = await temporaryFolder();
    const path = join(folder.path, "jobs.db");
    const old = new DatabaseSync(path);
    old.exec(readFileSync(join(import.meta.dirname, "fixtures", "schema-1.sql"), "utf8"));
    const events = old.prepare("SELECT job, sequence, event FROM events ORDER BY job, sequence").all();
    const records = old.prepare("SELECT id, record FROM jobs ORDER BY id").all();
    old.close();

    const store = openSqliteJobStore(path);
    const jobs = await store.list({ limit: 10 });
    expect(jobs.map((job) => [job.id, jobState(job)])).toEqual([
      ["waits", "queued"],
      ["runs", "running"],
      ["expired", "expired"],
      ["done", "succeeded"],
    ]);
    for (const { id, record } of records)
      expect(await store.get(String(id))).toMatchObject({
        ...JSON.parse(String(record)),
        tasks: [{ key: "t", input: id, steps: [{ name: "fetch" }, { name: "run" }] }],
      });
    expect((await store.get("done"))?.tasks[0]?.steps[1]).toMatchObject({ output: { of: "run" }, fence: 1 });
    const kept = [];
    for (const id of ["done", "expired", "runs", "waits"])
      for (const { sequence, event } of await store.events(id, { after: 0, limit: 100 }))
        kept.push({ job: id, sequence, event: JSON.stringify(event) });
    expect(kept).toEqual(events.map((row) => ({ ...row })));

    expect((await store.list({ limit: 10, text: "KEPT" })).map(({ id }) => id)).toHaveLength(4);
    expect(await store.stats()).toEqual({
      definitions: [
        { definition: "d", jobs: { running: 1, expired: 1, succeeded: 1 } },
        { definition: "e", jobs: { queued: 1 }, oldestQueuedAt: 2000 },
      ],
      running: { fetch: 1 },
    });
    expect(await store.outlived(1200, 10)).toEqual(["expired"]);
    expect(await store.dueToExpire(1102, 10)).toEqual(["done"]);
    expect((await store.lostLeases(1531, 10)).map(({ job }) => job.id)).toEqual(["runs"]);
    const rule = { ...NO_RULE, idempotency: { key: "k", digest: "1", expiresAt: 1 } };
    expect(await store.create(twoStepJob("new"), rule)).toMatchObject({
      outcome: "repeated",
      job: { id: "done" },
    });
    expect((await claimSome(store, { now: 2001 })).map(({ job }) => job.id)).toEqual(["waits"]);
    expect(await store.remove("done")).toBe(true);
    await store.close();
  });
});
