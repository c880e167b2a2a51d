import { access, mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Json, StepProgress } from "@zarr-gateway/jobs";
import { type TemporaryFolder, temporaryFolder } from "@zarr-gateway/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Ran, RunHarness } from "../testing/run-harness.ts";
import { seedOf } from "./run-step.ts";

let folder: TemporaryFolder;
let harness: RunHarness;
const file = "misbehaving.ts";
const run = (how: string, more: { readonly [name: string]: Json } = {}, signal?: AbortSignal): Promise<Ran> =>
  harness.run({ file, parameters: { how, ...more }, ...(signal && { signal }) });

beforeAll(async () => {
  folder = await temporaryFolder();
  harness = await RunHarness.create({
    folder: folder.path,
    graceMs: 300,
    limits: { memoryBytes: 700 * 2 ** 20, resultBytes: 20 * 2 ** 20, silentMs: 60_000 },
    memoryBytes: 160 * 2 ** 20,
  });
});
afterAll(async () => {
  await harness.close();
  await folder[Symbol.asyncDispose]();
});

/** Whatever happened, the next run goes well. */
async function expectNextRun(): Promise<Record<string, Json>> {
  const { output, folder: written } = await run("well");
  expect(await readdir(written)).toEqual(["fine.txt"]);
  return output.metadata as Record<string, Json>;
}

describe("a workflow's process", { timeout: 60_000 }, () => {
  it("sets up once and runs many times, without the secrets of the server", async () => {
    process.env["AWS_SECRET_ACCESS_KEY"] = "secret";
    const first = await expectNextRun();
    delete process.env["AWS_SECRET_ACCESS_KEY"];
    const second = await expectNextRun();
    expect(first).toMatchObject({ runs: 1, secret: null });
    expect(second).toEqual({ ...first, runs: 2 });
    expect(harness.pool.size).toBe(1);
  });

  it("gives a run its seed, and what it takes to make the same again", async () => {
    const { output, folder: written } = await run("well");
    const job = written.split("/").at(-2) ?? "";
    expect(await readFile(join(written, "fine.txt"), "utf8")).toBe(String(seedOf(job)));
    expect(output).toMatchObject({
      attempt: 1,
      provenance: { program: "zarr-gateway test", node: process.version, seed: seedOf(job), datasets: [] },
    });
    expect(output.seconds).toBeGreaterThan(0);
  });

  it("writes into an empty folder, also where the same attempt was begun before", async () => {
    const { folder: last } = await run("well");
    const next = last.replace(/job-(\d+)/, (_, number) => `job-${Number(number) + 1}`);
    await mkdir(join(next, "results.zarr"), { recursive: true });
    await writeFile(join(next, "results.zarr", "zarr.json"), "{}");
    const { folder: written } = await run("well");
    expect(written).toBe(next);
    expect(await readdir(written)).toEqual(["fine.txt"]);
  });

  it("lives on where a run throws or gives back what JSON cannot say", async () => {
    const { processId } = await expectNextRun();
    await expect(run("throws")).rejects.toMatchObject({ code: "model_failed", message: "as it pleases" });
    expect(harness.lines.join("\n")).toContain("misbehaving.ts"); // the stack
    await expect(run("gives-a-cycle")).rejects.toThrow("what run gave back is nothing that JSON can say");
    await expect(run("gives-a-bigint")).rejects.toThrow("what run gave back is nothing that JSON can say");
    await expect(run("gives-too-much")).rejects.toThrow("at most 524288: write a file instead");
    expect((await expectNextRun())["processId"]).toBe(processId);
  });

  it("cannot write beside its results, nor start programs", async () => {
    const outside = join(folder.path, "job-1", "outside");
    const words = "not permitted: it may write below its folder and that for temporary files alone";
    await expect(run("writes-outside", { outside })).rejects.toMatchObject({ message: words });
    expect(harness.lines.join("\n")).toContain(`what was to be reached: results/job-1/outside`);
    await expect(access(outside)).rejects.toThrow();
    await expect(run("starts-a-program")).rejects.toThrow("needs workflows.allow: [processes]");
    await expectNextRun();
  });

  it.each([
    ["exits", "the workflow's process ended with code 7"],
    ["kills-itself", "the workflow's process was killed by SIGKILL"],
    ["rejects-later", "the workflow threw where nothing awaits it: nobody listens"],
    ["breaks-the-protocol", /was ended|sent what is no message/],
  ])("that %s fails its run with the reason, and the next has another", async (how, reason) => {
    await expect(run(how)).rejects.toThrow(reason);
    if (how === "rejects-later") expect(harness.lines.join("\n")).toMatch(/at Object\.run \(misbehaving\.ts/);
    await expectNextRun();
  });

  it.each([
    ["leaks", /took \d+ bytes of memory, more than/],
    ["fills-the-disk", /wrote more than 20971520 bytes of results/],
  ])("that %s is ended", async (how, reason) => {
    await expect(run(how)).rejects.toThrow(reason);
    await expectNextRun();
  });

  it("that hangs is ended", async () => {
    const own = await RunHarness.create({ folder: folder.path, graceMs: 100, limits: { silentMs: 1500 } });
    await expect(own.run({ file, parameters: { how: "hangs" } })).rejects.toThrow("gave no sign of life for");
    await own.close();
  });

  it("that fills its heap ends by itself, and its last words are in the log", async () => {
    await expect(run("fills-the-heap")).rejects.toThrow("the workflow's process was killed by SIGABRT");
    expect(harness.lines.join("\n")).toContain("JavaScript heap out of memory");
    await expectNextRun();
  });

  it("is told of a cancellation, and stays for the next run where it listens", async () => {
    const { processId } = await expectNextRun();
    const cancel = new AbortController();
    const news: StepProgress[] = [];
    const running = harness.run({
      file,
      parameters: { how: "waits" },
      signal: cancel.signal,
      onProgress: (one) => {
        news.push(one);
        cancel.abort(new Error("cancelled by its owner"));
      },
    });
    await expect(running).rejects.toThrow("cancelled by its owner");
    expect(news).toEqual([
      { fraction: 0.25, message: "waits", current: 1, total: 4, details: { of_its_own: [1] } },
    ]);
    expect((await expectNextRun())["processId"]).toBe(processId);
  });

  it("that does not listen to a cancellation is ended", async () => {
    const cancel = new AbortController();
    const running = run("ignores-the-signal", {}, cancel.signal);
    setTimeout(() => cancel.abort(new Error("cancelled")), 300);
    await expect(running).rejects.toThrow("cancelled");
    await expectNextRun();
  });

  it("that takes longer than it may fails for good", async () => {
    const late = harness.run({ file, parameters: { how: "waits" }, timeoutMs: 1500 });
    await expect(late).rejects.toMatchObject({
      code: "model_timeout",
      message: "took longer than 1500 ms",
      details: { isFinal: true },
    });
    await expectNextRun();
  });

  it("fails for good by its own failures alone, not by what happened to the server", async () => {
    const asked = { file, parameters: { how: "throws" }, maxAttempts: 2 };
    const first = await harness.run({ ...asked, attempt: 3, failures: 0 }).catch((error: unknown) => error);
    expect(first).not.toMatchObject({ details: { isFinal: true } });
    const second = harness.run({ ...asked, attempt: 4, failures: 1 });
    await expect(second).rejects.toMatchObject({ code: "model_failed", details: { isFinal: true } });
  });

  it("may print as much as it likes", async () => {
    const { lines } = await run("prints", { count: 20_000 });
    expect(lines.length).toBe(20_000);
    const logged = await run("logs", { count: 5000 });
    expect(logged.lines.length).toBe(5000);
  });

  it("that cannot set up its workflow says why, and is not kept", async () => {
    harness.states.length = 0;
    const failing = harness.run({ file: "./misbehaving.ts", parameters: {}, config: { setup: "throws" } });
    await expect(failing).rejects.toThrow("no model today");
    expect(harness.states).toEqual(["starting", "no model today"]);
    const wrong = harness.run({ file: "../testing/misbehaving.ts", parameters: {}, config: { sutup: 1 } });
    await expect(wrong).rejects.toThrow('workflows.misbehaving: Unrecognized key: "sutup"');
  });
});

describe("the processes of workflows", () => {
  it("leave nothing behind when they are closed", async () => {
    const own = await RunHarness.create({ folder: folder.path });
    await own.run({ file, parameters: { how: "well" } });
    const before = await scratchFolders();
    await own.close();
    const after = await scratchFolders();
    expect(before.length - after.length).toBe(1);
    expect(own.pool.size).toBe(0);
  });
});

async function scratchFolders(): Promise<string[]> {
  return (await readdir(tmpdir())).filter((name) => name.includes(`-${process.pid}-`));
}
