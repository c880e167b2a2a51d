import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { type TemporaryFolder, temporaryFolder } from "@zarr-gateway/testkit";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { ProgramProcess } from "../../packages/gateway/e2e/program-process.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 }); // processes start slowly on a busy machine

let folder: TemporaryFolder;
let program: ProgramProcess;
let url: string;
beforeAll(async () => {
  folder = await temporaryFolder();
  for (const name of ["gateway.yaml", "workflows"])
    await cp(join(import.meta.dirname, name), join(folder.path, name), { recursive: true });
  program = new ProgramProcess(["serve", "-c", join(folder.path, "gateway.yaml"), "--port", "0"]);
  url = await program.url();
});
afterAll(async () => {
  await program.stop();
  await folder[Symbol.asyncDispose]();
});

async function json(path: string, init?: RequestInit): Promise<Record<string, unknown>> {
  const response = await fetch(`${url}${path}`, init);
  return (await response.json()) as Record<string, unknown>; // our own server's objects
}

describe("the workflow of the example", () => {
  it("runs with what a request and the configuration say, and its result is a dataset", async () => {
    const body = JSON.stringify({ parameters: { num_steps: "8", step: "PT3H" } });
    const headers = { "content-type": "application/json" };
    const { execution_id: id } = await json("/v1/infer/blob", { method: "POST", headers, body });
    let status: Record<string, unknown> = {};
    while (status["status"] !== "completed") {
      status = await json(`/v1/infer/blob/${String(id)}/status`);
      expect(status["status"]).not.toBe("failed");
      await wait(100);
    }
    expect(status["metadata"]).toMatchObject({
      warmest: 300,
      parameters: { num_steps: 8, step: "PT3H" },
      provenance: { workflow: "blob", config: { amplitude: 12 } },
    });
    const root = await json(`/datasets/${String(id)}.zarr/zarr.json`);
    expect(root).toMatchObject({
      consolidated_metadata: { metadata: { t2m: { shape: [9, 37, 72] } } },
    });
  });

  it("refuses what it does not take, by name", async () => {
    const body = JSON.stringify({ parameters: { num_steps: 41 } });
    const refused = await json("/v1/infer/blob", {
      method: "POST",
      headers: { "content-type": "application/json" },
      body,
    });
    expect(String(refused["detail"])).toContain("num_steps");
  });

  it("has fewer than 50 lines", async () => {
    const lines = (await readFile(join(import.meta.dirname, "workflows/blob.ts"), "utf8"))
      .trimEnd()
      .split("\n");
    expect(lines.length).toBeLessThan(50);
  });
});
