import { mkdir, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type JobEngine, jobState } from "@zarr-gateway/jobs";
import type { Log } from "@zarr-gateway/plugin";
import { beforeEach, describe, expect, it } from "vitest";
import { type JobBench, jobBench, put, type Run } from "../testing/job-bench.ts";
import { removeFiles } from "./remove-files.ts";
import { ResultSweeper } from "./result-sweeper.ts";

let removed: string[] = [];
let said: string[] = [];
const log: Log = {
  debug: () => {},
  info: (_fields, message) => said.push(message),
  warn: (_fields, message) => said.push(message),
  error: (_fields, message) => said.push(message),
};
beforeEach(() => {
  removed = [];
  said = [];
});

function sweeperOf({ engine, folders }: JobBench, options: { maxBytes?: number; now?: () => number } = {}) {
  const remove = async (job: string): Promise<void> => {
    removed.push(job);
    await removeFiles(folders, job);
  };
  return new ResultSweeper({ engine, folders, maxBytes: 1e9, orphanMs: 1000, remove, log, ...options });
}

/** Folders of jobs and of people. */
async function shown({ folders }: JobBench): Promise<string[]> {
  return (await readdir(folders.root)).filter((name) => !name.startsWith("."));
}

const kilobyte: Run = (folder) => put(folder, "a.bin", new Uint8Array(1000));

describe("the sweeper of results", () => {
  it("removes what has expired, of runs that failed too, and leaves logs", async () => {
    const run: Run = async (folder, context) => {
      await kilobyte(folder, context);
      if (context.jobId === "failing") throw new Error("no");
    };
    await using bench = await jobBench({ run, retentionMs: 1 });
    const sweeper = sweeperOf(bench);
    for (const id of ["good", "failing"]) {
      await bench.ended(await bench.submit(id));
      await mkdir(bench.folders.logs(id), { recursive: true });
      await writeFile(join(bench.folders.logs(id), "1"), "said");
    }
    while (jobState(await bench.record("failing")) !== "expired")
      await new Promise((resolve) => setTimeout(resolve, 5));
    while (jobState(await bench.record("good")) !== "expired")
      await new Promise((resolve) => setTimeout(resolve, 5));
    await sweeper.sweep();
    await sweeper.sweep();
    for (const id of ["good", "failing"]) expect(await readdir(bench.folders.of(id))).toEqual(["logs"]);
    expect(sweeper.bytes).toBe(0);
  });

  it("makes room by what ended first, and refuses jobs where only running ones could go", async () => {
    const gate = Promise.withResolvers<void>();
    const run: Run = async (folder, context) => {
      await kilobyte(folder, context);
      if (context.jobId === "running") await gate.promise;
    };
    await using bench = await jobBench({ run });
    for (const id of ["first", "second"]) await bench.ended(await bench.submit(id));
    await sweeperOf(bench, { maxBytes: 2000 }).sweep();
    expect(removed).toEqual([]);
    const scarce = sweeperOf(bench, { maxBytes: 1500 });
    await scarce.sweep();
    await scarce.assertRoom();
    expect(removed).toEqual(["first"]);
    expect(jobState(await bench.record("first"))).toBe("expired");
    expect(jobState(await bench.record("second"))).toBe("succeeded");
    await bench.submit("running");
    while ((await readdir(bench.folders.root)).length < 2)
      await new Promise((resolve) => setTimeout(resolve, 5));
    while ((await readdir(bench.folders.attempt("running", 1)).catch(() => [])).length === 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
    const full = sweeperOf(bench, { maxBytes: 900 });
    await full.sweep();
    await expect(full.assertRoom()).rejects.toMatchObject({
      code: "queue_full",
      details: { retryAfterSeconds: 60 },
    });
    expect(removed).toEqual(["first", "second"]);
    gate.resolve();
    await bench.ended("running");
  });

  it("waits for no look at the results: the sum of the last one counts, also after a start and of another process", async () => {
    await using bench = await jobBench({ run: kilobyte });
    for (const id of ["first", "second"]) await bench.ended(await bench.submit(id));
    const gate = Promise.withResolvers<void>();
    const list: JobEngine["list"] = async (filter) => {
      await gate.promise;
      return bench.engine.list(filter);
    };
    const engine = {
      get: bench.engine.get.bind(bench.engine),
      expire: () => Promise.reject(new Error("no")),
      list,
    };
    const slow = (maxBytes: number): ResultSweeper =>
      sweeperOf({ ...bench, engine: { ...bench.engine, ...engine } }, { maxBytes });
    await slow(1).assertRoom(); // nobody has looked yet
    for (const broken of ["", "{}", '{"bytes":-1}']) {
      await writeFile(join(bench.folders.root, ".results-bytes"), broken);
      await slow(1).assertRoom();
    }
    await sweeperOf(bench).sweep();
    await slow(2001).assertRoom();
    const full = slow(2000);
    await expect(full.assertRoom()).rejects.toMatchObject({ code: "queue_full" });
    await removeFiles(bench.folders, "first");
    gate.resolve();
    await full.sweep();
    expect(full.bytes).toBe(1000);
    await full.assertRoom();
    full.forget("second");
    expect(full.bytes).toBe(0);
  });

  it("leaves the folder alone once it is closed", async () => {
    await using bench = await jobBench({ run: kilobyte });
    await bench.ended(await bench.submit("a"));
    const sweeper = sweeperOf(bench);
    sweeper.start();
    await sweeper.close();
    await rm(bench.folders.root, { recursive: true });
    await sweeper.assertRoom();
    await expect(sweeper.sweep()).rejects.toThrow("abort");
    expect(said).toEqual([]);
    await mkdir(bench.folders.root);
  });

  it("counts what a job writes that failed and is asked for anew, and does not touch it", async () => {
    const gate = Promise.withResolvers<void>();
    let isAgain = false;
    const run: Run = async (folder, context) => {
      await kilobyte(folder, context);
      if (!isAgain) throw new Error("no");
      await gate.promise;
    };
    await using bench = await jobBench({ run });
    await bench.ended(await bench.submit("a"));
    const sweeper = sweeperOf(bench, { maxBytes: 1500 });
    await sweeper.sweep();
    expect(sweeper.bytes).toBe(1000);
    isAgain = true;
    await bench.engine.retry("a");
    while (sweeper.bytes < 2000) await sweeper.sweep();
    expect([removed, said]).toEqual([[], []]);
    gate.resolve();
    await bench.ended("a");
    await sweeper.sweep();
    expect(sweeper.bytes).toBe(1000);
  });

  it("removes folders without a record after a while, and no others", async () => {
    await using bench = await jobBench({ run: kilobyte });
    await put(bench.folders.root, "mine/notes.txt", "of a person");
    await put(bench.folders.root, "not a job/x", "");
    await put(bench.folders.attempt("lost", 1), "a", "");
    await put(bench.folders.attempt("new", 1), "a", "");
    for (const id of ["lost", "mine"]) await utimes(bench.folders.of(id), 1, 1);
    await sweeperOf(bench).sweep();
    expect((await shown(bench)).sort()).toEqual(["mine", "new", "not a job"]);
  });

  it("goes on where one job's files cannot be removed, and tries again", async () => {
    await using bench = await jobBench({ run: kilobyte });
    for (const id of ["a", "b"]) await bench.ended(await bench.submit(id));
    for (const id of ["a", "b"]) await bench.engine.expire(id);
    let isAway = true;
    const remove = async (job: string): Promise<void> => {
      if (job === "a" && isAway) throw new Error("the store is away");
      await removeFiles(bench.folders, job);
    };
    const { engine, folders } = bench;
    const sweeper = new ResultSweeper({ engine, folders, maxBytes: 1e9, orphanMs: 1000, remove, log });
    await sweeper.sweep();
    expect(await shown(bench)).toEqual(["a"]);
    expect(said.join()).toContain("the store is away");
    isAway = false;
    await sweeper.sweep();
    expect(await shown(bench)).toEqual([]);
  });
});
