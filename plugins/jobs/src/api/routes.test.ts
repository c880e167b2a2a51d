import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GatewayError } from "@zarr-gateway/primitives";
import { afterEach, describe, expect, it } from "vitest";
import { type StartedJobs, startJobs } from "../testing/started-jobs.ts";

let started: StartedJobs | undefined;
afterEach(async () => {
  await started?.stop();
  started = undefined;
});

const start = async (...call: Parameters<typeof startJobs>): Promise<StartedJobs> => {
  started = await startJobs(...call);
  return started;
};

interface Job {
  readonly id: string;
  readonly state: string;
}
const jobOf = ({ body }: { readonly body: unknown }): Job => body as Job; // checked by the expectations on it

async function ended(jobs: StartedJobs, id: string): Promise<void> {
  for await (const _event of jobs.engine.watch(id)) void _event;
}

const hang: Parameters<typeof startJobs>[0] = {
  retry: { maxAttempts: 2, delayMs: 1 },
  run: (_input, _settings, { signal }) =>
    new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(new Error("stopped")))),
};

describe("jobs over HTTP", () => {
  it("are made, watched to their end, listed and removed", async () => {
    const jobs = await start({
      run: async (_input, _settings, { progress }) => {
        progress({ fraction: 0.5, message: "half", current: 1, total: 2 });
        return null;
      },
    });
    const made = await jobs.post("/v1/jobs/counting", { parameters: { to: 3 }, priority: 2 });
    const { id } = jobOf(made);
    expect([made.status, made.answer.headers.get("location")]).toEqual([
      201,
      `http://localhost/v1/jobs/${id}`,
    ]);
    await ended(jobs, id);
    const { body } = await jobs.ask(`/v1/jobs/${id}`);
    expect(body).toMatchObject({
      id,
      definition: "counting",
      state: "succeeded",
      priority: 2,
      parameters: { to: 3 },
      progress: { fraction: 1, steps: 1, endedSteps: 1 },
      tasks: [
        {
          key: "all",
          state: "succeeded",
          steps: [{ name: "count", attempts: [{ number: 1, outcome: "succeeded" }] }],
        },
      ],
    });
    expect((await jobs.ask("/v1/jobs?definition=counting&state=succeeded")).body).toMatchObject({
      jobs: [{ id }],
    });
    expect((await jobs.ask("/v1/jobs?state=failed")).body).toEqual({ jobs: [] });
    expect((await jobs.ask(`/v1/jobs/${id}`, { method: "DELETE" })).status).toBe(204);
    expect((await jobs.ask(`/v1/jobs/${id}`)).status).toBe(404);
  });

  it("come in pages, newest first", async () => {
    const jobs = await start({}, { jobs: { workers: 0 } });
    const ids: string[] = [];
    for (let index = 0; index < 5; index++) ids.unshift(jobOf(await jobs.post("/v1/jobs/counting", {})).id);
    const seen: string[] = [];
    let next: string | undefined = "/v1/jobs?limit=2";
    while (next !== undefined) {
      const page = (await jobs.ask(next)).body as { jobs: Job[]; next?: string };
      expect(page.jobs.length).toBeLessThanOrEqual(2);
      seen.push(...page.jobs.map(({ id }) => id));
      next = page.next?.replace("http://localhost", "");
    }
    expect(new Set(seen)).toEqual(new Set(ids));
    expect(seen).toHaveLength(5);
  });

  it("of one Idempotency-Key are one, and another body under it is refused", async () => {
    const jobs = await start({}, { jobs: { workers: 0 } });
    const key = { "Idempotency-Key": "k" };
    const first = await jobs.post("/v1/jobs/counting", { parameters: 1 }, key);
    const again = await jobs.post("/v1/jobs/counting", { parameters: 1 }, key);
    expect([first.status, again.status, jobOf(again).id]).toEqual([201, 200, jobOf(first).id]);
    expect((await jobs.post("/v1/jobs/counting", { parameters: 2 }, key)).status).toBe(422);
    expect((await jobs.post("/v1/jobs/counting", { parameters: 1, priority: 5 }, key)).status).toBe(422);
  });

  it("past the size of the queue are answered 429 with the time to come again and the position", async () => {
    const jobs = await start({}, { jobs: { workers: 0, queue: { maxSize: 1 } } });
    expect((await jobs.post("/v1/jobs/counting", {})).body).toMatchObject({ state: "queued" });
    const full = await jobs.post("/v1/jobs/counting", {});
    expect([full.status, full.answer.headers.get("retry-after")]).toEqual([429, "10"]);
    expect(full.body).toMatchObject({ code: "queue_full", position: 1 });
  });

  it("are cancelled once, and what has ended is not cancelled", async () => {
    const jobs = await start(hang);
    const { id } = jobOf(await jobs.post("/v1/jobs/counting", {}));
    expect((await jobs.post(`/v1/jobs/${id}/cancel`, {})).status).toBe(202);
    await ended(jobs, id);
    expect((await jobs.ask(`/v1/jobs/${id}`)).body).toMatchObject({ state: "cancelled" });
    expect((await jobs.post(`/v1/jobs/${id}/cancel`, {})).body).toMatchObject({
      status: 409,
      detail: "the job has ended already: cancelled",
    });
    expect((await jobs.ask(`/v1/jobs/${id}`, { method: "DELETE" })).status).toBe(204);
  });

  it("that failed say why without places of the disk, and begin anew when they are asked to", async () => {
    let tries = 0;
    const jobs = await start({
      run: async () => {
        tries += 1;
        if (tries === 1) throw new GatewayError("upstream", `no ${started?.folder}/results/x/secret.nc here`);
        return null;
      },
    });
    const { id } = jobOf(await jobs.post("/v1/jobs/counting", {}));
    await ended(jobs, id);
    const failed = await jobs.ask(`/v1/jobs/${id}`);
    expect(failed.body).toMatchObject({ state: "failed", error: { code: "upstream", step: "count" } });
    expect(JSON.stringify(failed.body)).not.toContain(jobs.folder);
    expect((await jobs.post(`/v1/jobs/${id}/retry`, {})).status).toBe(202);
    await ended(jobs, id);
    expect((await jobs.ask(`/v1/jobs/${id}`)).body).toMatchObject({ state: "succeeded" });
    expect((await jobs.post(`/v1/jobs/${id}/retry`, {})).status).toBe(409);
  });

  it("outlive the server, which hands them back at once when it stops", async () => {
    const jobs = await start(hang);
    const { id } = jobOf(await jobs.post("/v1/jobs/counting", {}));
    while (jobOf(await jobs.ask(`/v1/jobs/${id}`)).state !== "running")
      await new Promise((next) => setTimeout(next, 5));
    await jobs.gateway.close();
    const again = await startJobs({}, { folder: jobs.folder });
    try {
      await ended(again, id);
      expect((await again.ask(`/v1/jobs/${id}`)).body).toMatchObject({
        state: "succeeded",
        tasks: [{ steps: [{ attempts: [{ outcome: "handed_back" }, { outcome: "succeeded" }] }] }],
      });
    } finally {
      await again.stop();
    }
  });

  it("run at once as many as the configuration says of their definition", async () => {
    let [now, most] = [0, 0];
    const run = async (): Promise<null> => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((next) => setTimeout(next, 30));
      now -= 1;
      return null;
    };
    const jobs = await start({ run }, { jobs: { workers: 4, maxRunning: { counting: 2, countless: 1 } } });
    const ids = await Promise.all(
      [1, 2, 3, 4, 5].map(async () => jobOf(await jobs.post("/v1/jobs/counting", {})).id),
    );
    for (const id of ids) await ended(jobs, id);
    expect(most).toBe(2);
  });

  it("are known for as long after their results have gone as the configuration says", async () => {
    const path = await mkdtemp(join(tmpdir(), "jobs-"));
    const results = { path, maxBytes: 1e9, keep: 1 };
    const jobs = await start({}, { jobs: { results, records: { keep: 1 } } });
    const { id } = jobOf(await jobs.post("/v1/jobs/counting", {}));
    while ((await jobs.ask(`/v1/jobs/${id}`)).status !== 404)
      await new Promise((next) => setTimeout(next, 20));
    await jobs.stop();
    const patient = await start({}, { jobs: { results } });
    const kept = jobOf(await patient.post("/v1/jobs/counting", {}));
    while (jobOf(await patient.ask(`/v1/jobs/${kept.id}`)).state !== "expired")
      await new Promise((next) => setTimeout(next, 20));
    await rm(path, { recursive: true });
  });

  it("tell what can be asked for", async () => {
    const jobs = await start();
    expect((await jobs.ask("/v1/jobs/definitions")).body).toEqual({
      definitions: [
        {
          name: "counting",
          description: "Counts",
          schema: { type: "object" },
          href: "http://localhost/v1/jobs/counting",
        },
      ],
    });
  });

  it("count for Prometheus, and are a part of /health", async () => {
    const jobs = await start();
    await ended(jobs, jobOf(await jobs.post("/v1/jobs/counting", {})).id);
    const text = await (await jobs.ask("/metrics")).answer.text();
    expect(text).toContain('zarr_gateway_jobs{definition="counting",state="succeeded"} 1');
    expect(text).toContain('zarr_gateway_job_queue_depth{definition="counting"} 0');
    expect(text).toContain(
      'zarr_gateway_job_attempts_total{definition="counting",step="count",outcome="succeeded"} 1',
    );
    expect(text).toContain('zarr_gateway_job_step_duration_seconds_bucket{step="count",le="+Inf"} 1');
    const health = (await jobs.ask("/health")).body;
    expect(JSON.stringify(health)).toMatch(
      /"jobs:store":\{"status":"pass".*"jobs:workers":\{"status":"pass"/,
    );
  });
});
