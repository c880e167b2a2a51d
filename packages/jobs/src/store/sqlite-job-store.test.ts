import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { jobState } from "../reducer/job-state.ts";
import { describeJobStore } from "./job-store-suite.ts";
import { openSqliteJobStore } from "./sqlite-job-store.ts";
import { twoStepJob } from "./suite/fixtures.ts";

let folder = "";
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "zarr-gateway-jobs-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function freshPath(): string {
  count += 1;
  return join(folder, `${count}.db`);
}

describeJobStore("sqlite", async () => openSqliteJobStore(freshPath()));

describe("jobs in a file", () => {
  it("are there after closing and opening", async () => {
    const path = freshPath();
    const first = openSqliteJobStore(path);
    await first.create(twoStepJob("a"), { maxQueued: 10 });
    await first.close();
    const second = openSqliteJobStore(path);
    expect(await second.get("a")).toEqual(twoStepJob("a"));
    await second.close();
  });

  it("come from the log into the file while the store is open, and nobody waits for that", async () => {
    const path = freshPath();
    const errors: unknown[] = [];
    const store = openSqliteJobStore(path, { onError: (error) => errors.push(error) });
    for (let index = 0; index < 450; index += 1)
      await store.create(twoStepJob(`j${index}`), { maxQueued: 1000 });
    const inFile = async (): Promise<number> => {
      const copy = freshPath();
      await copyFile(path, copy);
      const database = new DatabaseSync(copy);
      try {
        return Number(database.prepare("SELECT count(*) AS count FROM jobs").get()?.["count"]);
      } catch {
        return 0; // copied while it was written
      } finally {
        database.close();
      }
    };
    const isThere = async () => (await inFile()) >= 200;
    await expect.poll(isThere, { timeout: 10_000 }).toBe(true);
    await store.close();
    expect([await inFile(), errors]).toEqual([450, []]);
  });

  it("are not touched when a newer program has written them", () => {
    const path = freshPath();
    const database = new DatabaseSync(path);
    database.exec("CREATE TABLE schema_version (version INTEGER NOT NULL) STRICT");
    database.exec("INSERT INTO schema_version VALUES (99)");
    database.close();
    expect(() => openSqliteJobStore(path)).toThrow("the jobs database has schema 99");
  });

  it("fail with a word that names no path where the file cannot be opened", () => {
    expect(() => openSqliteJobStore(join(folder, "no", "such", "folder.db"))).toThrow(
      expect.objectContaining({ code: "internal", message: "the jobs database cannot be read or written" }),
    );
  });

  it("are each run once by several processes, and none is lost when some are killed", async () => {
    const path = freshPath();
    const store = openSqliteJobStore(path);
    for (let index = 0; index < 60; index++) await store.create(twoStepJob(`j${index}`), { maxQueued: 100 });
    const start = () =>
      spawn(process.execPath, [join(import.meta.dirname, "sqlite", "competing-worker.ts"), path], {
        stdio: ["ignore", "inherit", "inherit"],
      });
    const doomed = start();
    const doomedEnd = once(doomed, "exit");
    while ((await store.list({ limit: 100, state: "succeeded" })).length < 3)
      await new Promise((resolve) => setTimeout(resolve, 5));
    doomed.kill("SIGKILL");
    await doomedEnd;
    const ends = [start(), start()].map((child) => once(child, "exit"));
    expect(await Promise.all(ends)).toEqual([
      [0, null],
      [0, null],
    ]);
    const jobs = await store.list({ limit: 100 });
    expect(jobs.filter((job) => jobState(job) === "succeeded")).toHaveLength(60);
    for (const job of jobs) {
      const events = await store.events(job.id, { after: 0, limit: 100 });
      const successes = events.filter(({ event }) => event.type === "step_succeeded");
      expect(successes).toHaveLength(2);
    }
    await store.close();
  });
});
