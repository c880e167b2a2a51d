import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { startGateway } from "./running-gateway.ts";

it("a worker tells who watches it how it is, answers nobody else, and ends when it is told to", async () => {
  const folder = await mkdtemp(join(tmpdir(), "zarr-gateway-worker-"));
  try {
    const file = join(folder, "gateway.yaml");
    await writeFile(file, "jobs: { workers: 0 }\n");
    const worker = await startGateway("worker", "-c", file, "--workers", "1");
    const statuses: [string, number][] = [];
    for (const path of ["liveness", "readiness", "health", "metrics", "", "jobs", "v1/jobs", "datasets"])
      statuses.push([path, (await fetch(`${worker.url}/${path}`)).status]);
    const health: unknown = await (await fetch(`${worker.url}/readiness`)).json();
    const metrics = await (await fetch(`${worker.url}/metrics`)).text();
    const code = await worker.stop();
    expect(Object.fromEntries(statuses)).toEqual({
      ...{ liveness: 200, readiness: 200, health: 200, metrics: 200 },
      ...{ "": 404, jobs: 404, "v1/jobs": 404, datasets: 404 },
    });
    expect(health).toMatchObject({
      status: "healthy",
      components: { "jobs:store": { status: "pass" }, "jobs:workers": { status: "pass", here: 1 } },
    });
    expect(metrics).toContain("# TYPE zarr_gateway_job_attempts_total counter");
    expect(code).toBe(0);
  } finally {
    await rm(folder, { recursive: true });
  }
}, 60_000);
