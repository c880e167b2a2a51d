import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { temporaryFolder } from "@zarr-gateway/testkit";
import { describe, expect, it } from "vitest";
import { ProgramProcess, ROOT } from "./program-process.ts";

async function answered(url: string, body?: object): Promise<Record<string, unknown>> {
  const post = {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  };
  const response = await fetch(url, body === undefined ? {} : post);
  return (await response.json()) as Record<string, unknown>; // our own answers
}

describe("zarr-gateway worker", () => {
  it("runs the jobs that a server without workers takes, and ends when it is told to", async () => {
    await using folder = await temporaryFolder();
    const config = join(folder.path, "gateway.yaml");
    const directories = join(ROOT, "examples/run-a-workflow/workflows");
    await writeFile(
      config,
      `server: { port: 0 }\njobs: { database: "sqlite:./jobs.db", workers: 0, results: { path: ./results } }\nworkflows: { directories: [${JSON.stringify(directories)}] }\n`,
    );
    const server = new ProgramProcess(["serve", "-c", config]);
    const worker = new ProgramProcess(["worker", "-c", config, "--workers", "1"]);
    try {
      const url = await server.url();
      const { id } = await answered(`${url}/v1/jobs/blob`, {});
      const state = async () => (await answered(`${url}/v1/jobs/${String(id)}`))["state"];
      while (!["succeeded", "failed"].includes(String(await state()))) await sleep(100);
      expect(await state()).toBe("succeeded");
      expect(worker.stdout).toBe("working\n");
    } finally {
      expect(await worker.stop()).toBe(0);
      await server.stop();
    }
  }, 60_000);

  it("says what is missing where there is nothing to work on", async () => {
    await using folder = await temporaryFolder();
    const config = join(folder.path, "gateway.yaml");
    await writeFile(config, "server: { port: 0 }\n");
    const worker = new ProgramProcess(["worker", "-c", config]);
    expect(await worker.ended()).toBe(2);
    expect(worker.stderr).toContain("nothing to work on: the configuration has no jobs");
  }, 60_000);
});
