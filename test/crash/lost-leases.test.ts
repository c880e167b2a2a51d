import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createJobEngine, openJobStore } from "@zarr-gateway/jobs";
import { temporaryFolder } from "@zarr-gateway/testkit";
import { describe, expect, it } from "vitest";

describe("a worker that sleeps past its lease", () => {
  it("finds its late result refused, and the step finished once by another", async () => {
    await using folder = await temporaryFolder();
    const url = `sqlite:${folder.path}/jobs.db`;
    const [began, go] = [join(folder.path, "began"), join(folder.path, "go")];
    const store = await openJobStore(url);
    const engine = createJobEngine({ store, concurrency: 1, leaseMs: 600, pollMs: 20 });
    engine.defineStep({ name: "slow", retry: { delayMs: 1 }, run: async () => "in time" });
    engine.defineJob({
      name: "job",
      params: { parse: () => null },
      plan: () => [{ key: "t", input: null, steps: [{ step: "slow" }] }],
    });
    const { id } = await engine.submit("job", null);
    const slow = spawn(process.execPath, [join(import.meta.dirname, "slow-worker.ts"), url, began, go], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const gone = once(slow, "exit");
    while (!existsSync(began)) await sleep(10);
    slow.kill("SIGSTOP");
    engine.start();
    for await (const _event of engine.watch(id)) void _event;
    writeFileSync(go, "");
    slow.kill("SIGCONT");
    await gone;
    expect(readFileSync(began, "utf8")).toBe("began\nended\n");
    const job = await engine.get(id);
    expect(job?.tasks[0]?.steps[0]).toMatchObject({ state: "succeeded", fence: 2, output: "in time" });
    const events = await store.events(id, { after: 0, limit: 100 });
    expect(events.filter(({ event }) => event.type === "step_succeeded")).toHaveLength(1);
    await engine.close();
    await store.close();
  });
});
