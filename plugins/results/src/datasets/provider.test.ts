import { setTimeout as sleep } from "node:timers/promises";
import { createChunkCoder } from "@zarr-gateway/codecs";
import type { Dataset } from "@zarr-gateway/dataset";
import { type JobRecord, memoryJobStore } from "@zarr-gateway/jobs";
import type { WorkerPool } from "@zarr-gateway/primitives";
import { OpenFiles } from "@zarr-gateway/stores";
import { describe, expect, it } from "vitest";
import { AttemptFiles } from "../files/attempt-files.ts";
import { removeFiles } from "../lifetime/remove-files.ts";
import { type JobBench, jobBench, put, putChunk, putStore, type Run } from "../testing/job-bench.ts";
import { WaitingReads } from "./awaited-store.ts";
import { GoneJobs } from "./gone-jobs.ts";
import { ListedResults } from "./listed-results.ts";
import { resultsProvider } from "./provider.ts";

const unused: WorkerPool = {
  run: () => Promise.reject(new Error("no work was expected")),
  queued: 0,
  running: 0,
  close: async () => {},
};

function providerOf(
  { engine, folders }: JobBench,
  { waitMs = 50, maxWaiting = 8, gone = new GoneJobs() } = {},
) {
  const openFiles = new OpenFiles({ checkEveryMs: 0 });
  const files = new AttemptFiles(openFiles);
  const waiting = new WaitingReads(maxWaiting);
  const context = {
    engine,
    folders,
    files,
    openFiles,
    waiting,
    waitMs,
    gone,
    pool: unused,
    coder: createChunkCoder(),
  };
  const listed = new ListedResults({ engine, context, maxJobs: 10, keepMs: 0 });
  return resultsProvider(context, listed);
}

async function valueAt(dataset: Dataset | undefined, lead: number): Promise<number | undefined> {
  const chunk = await dataset?.variables.get("x")?.source.read([lead, 0]);
  return chunk === undefined ? undefined : Number((chunk.values as Float32Array)[0]); // the type of the store
}

/** A run that goes on when it is told to. */
function stepwise(parts: readonly Run[]) {
  const gates = parts.map(() => Promise.withResolvers<void>());
  const done = parts.map(() => Promise.withResolvers<void>());
  const run: Run = async (folder, context) => {
    for (const [number, part] of parts.entries()) {
      await gates[number]?.promise;
      await part(folder, context);
      done[number]?.resolve();
    }
  };
  const go = async (number: number): Promise<void> => {
    gates[number]?.resolve();
    await done[number]?.promise;
  };
  return { run, go };
}

describe("results as datasets", () => {
  it("are read while they are written: a missing chunk is waited for, never fill", async () => {
    const { run, go } = stepwise([
      (folder) => putStore(folder),
      (folder) => putChunk(folder, 0),
      (folder) => putChunk(folder, 1),
      async () => {},
    ]);
    await using bench = await jobBench({ run });
    const provider = providerOf(bench);
    const id = await bench.submit("exec_1");
    await expect(provider.open(id)).rejects.toMatchObject({
      code: "overloaded",
      details: { retryAfterSeconds: 2 },
    });
    await go(0);
    expect(await Array.fromAsync(provider.ids())).toEqual(["exec_1"]);
    const live = await provider.open(id);
    expect(live).toMatchObject({
      readsMayWait: true,
      attrs: { title: "t", job: "exec_1", workflow: "bench" },
    });
    expect(await live?.isCurrent?.()).toBe(true);
    await go(1);
    expect(await valueAt(live, 0)).toBe(0);
    await expect(valueAt(live, 1)).rejects.toMatchObject({
      code: "overloaded",
      details: { retryAfterSeconds: 2 },
    });
    const patient = await providerOf(bench, { waitMs: 5000 }).open(id);
    const waiting = valueAt(patient, 1);
    await go(2);
    expect(await waiting).toBe(1);
    const last = valueAt(patient, 3);
    await go(3);
    await bench.ended(id);
    expect(await last).toBeUndefined();
    expect(await live?.isCurrent?.()).toBe(false);
    const over = await provider.open(id);
    expect(over?.version).not.toBe(live?.version);
    expect(over?.readsMayWait).toBeUndefined();
    expect(over?.attrs).toMatchObject({ provenance_seed: 7n, provenance_model_sha256: "ab" });
    expect([await valueAt(over, 1), await valueAt(over, 3)]).toEqual([1, undefined]);
    expect(await over?.isCurrent?.()).toBe(true);
    await removeFiles(bench.folders, id);
    await expect(valueAt(over, 3)).rejects.toMatchObject({ code: "upstream" });
    await expect(provider.open(id)).rejects.toMatchObject({ code: "expired" });
  });

  it("stop waiting when the client leaves, and do not wait at all when many do", async () => {
    const { run, go } = stepwise([(folder) => putStore(folder), async () => {}]);
    await using bench = await jobBench({ run });
    const id = await bench.submit();
    await go(0);
    const dataset = await providerOf(bench, { waitMs: 60_000, maxWaiting: 1 }).open(id);
    const leaving = new AbortController();
    const source = dataset?.variables.get("x")?.source;
    const waiting = source?.read([0, 0], { signal: leaving.signal });
    await sleep(100); // until it waits
    await expect(source?.read([1, 0])).rejects.toMatchObject({ code: "overloaded" });
    leaving.abort();
    await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
    await go(1);
  });

  it("of runs that failed or were cancelled are not served, and not absent either", async () => {
    await using bench = await jobBench({
      run: async (folder, { signal, jobId }) => {
        await putStore(folder);
        if (jobId === "bad") throw new Error("no weights");
        await new Promise((_resolve, reject) =>
          signal.addEventListener("abort", () => reject(new Error("stopped"))),
        );
      },
    });
    const provider = providerOf(bench);
    await bench.ended(await bench.submit("bad"));
    await expect(provider.open("bad")).rejects.toMatchObject({
      code: "upstream",
      message: /failed: no weights/,
    });
    await bench.submit("stopped");
    while ((await Array.fromAsync(provider.ids())).length === 0)
      await new Promise((resolve) => setTimeout(resolve, 5));
    const dataset = await provider.open("stopped");
    await bench.engine.cancel("stopped");
    await bench.ended("stopped");
    await expect(valueAt(dataset, 0)).rejects.toMatchObject({
      code: "overloaded",
      details: { changed: true },
    });
    await expect(provider.open("stopped")).rejects.toMatchObject({
      code: "upstream",
      message: /was cancelled/,
    });
    expect(await Array.fromAsync(provider.ids())).toEqual([]);
  });

  it("have ids of their own where a job makes several; what is no dataset has none", async () => {
    await using bench = await jobBench({
      run: async (folder, { jobId }) => {
        if (jobId === "files") return put(folder, "a.txt", "");
        for (const name of ["results.zarr", "input.zarr", "b c.zarr"]) await putStore(folder, name);
      },
    });
    const provider = providerOf(bench);
    for (const id of ["two", "files"]) await bench.ended(await bench.submit(id));
    expect(await Array.fromAsync(provider.ids())).toEqual(["two", "two.input"]);
    expect((await provider.open("two.input"))?.variables.has("x")).toBe(true);
    for (const id of ["files", "two.nothing", "nobody", "two.a.b"])
      expect(await provider.open(id)).toBeUndefined();
  });

  it("of a job that was removed with its record are gone, and not absent: absence is fill", async () => {
    await using bench = await jobBench({ run: (folder) => putStore(folder) });
    const gone = new GoneJobs();
    const provider = providerOf(bench, { gone });
    const id = await bench.submit();
    await bench.ended(id);
    expect((await provider.open(id))?.variables.has("x")).toBe(true);
    gone.add(id);
    await removeFiles(bench.folders, id);
    await bench.engine.remove(id);
    await expect(provider.open(id)).rejects.toMatchObject({ code: "expired" });
    expect(await provider.open("exec_never")).toBeUndefined();
  });

  it("of one attempt are not those of the next", async () => {
    const store = memoryJobStore();
    let attempts = 0;
    await using bench = await jobBench({
      store,
      run: async (folder) => {
        attempts += 1;
        await putStore(folder);
        if (attempts === 1) throw new Error("once");
        await putChunk(folder, 2);
      },
    });
    const provider = providerOf(bench);
    const id = await bench.submit();
    await bench.ended(id);
    await bench.engine.retry(id);
    const job: JobRecord = await bench.ended(id);
    expect(job.tasks[0]?.steps[0]?.fence).toBe(2);
    expect(await valueAt(await provider.open(id), 2)).toBe(2);
  });
});
