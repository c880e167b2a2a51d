import { type JobRecord, type JobResults, JobResultsService, jobState } from "@zarr-gateway/jobs";
import { definePlugin, provide } from "@zarr-gateway/plugin";
import { afterEach, describe, expect, it } from "vitest";
import { type StartedJobs, startJobs } from "../testing/started-jobs.ts";

let started: StartedJobs | undefined;
afterEach(async () => {
  await started?.stop();
  started = undefined;
});

const start = async (options: Parameters<typeof startJobs>[1]): Promise<StartedJobs> => {
  started = await startJobs({}, options);
  return started;
};

describe("turns that a job's state does not allow", () => {
  it("are refused with 409 and why; what was asked for already is no mistake", async () => {
    const jobs = await start({ jobs: { workers: 0 } });
    const asked = async (id: string, turn: string): Promise<readonly unknown[]> => {
      const { status, body } = await (turn === "delete"
        ? jobs.ask(`/v1/jobs/${id}`, { method: "DELETE" })
        : jobs.post(`/v1/jobs/${id}/${turn}`, {}));
      return [turn, status, (body as { detail?: string } | undefined)?.detail];
    };
    const made = await jobs.post("/v1/jobs/counting", { webhook: null, priority: null });
    const { id } = made.body as { id: string }; // what a job is made with
    expect(await asked(id, "retry")).toEqual(["retry", 409, expect.stringContaining("no dead step")]);
    expect(await asked(id, "delete")).toEqual(["delete", 409, "the job is queued: cancel it first"]);
    expect((await asked(id, "cancel"))[1]).toBe(202);
    expect(await asked(id, "cancel")).toEqual(["cancel", 409, "the job has ended already: cancelled"]);
    expect((await asked(id, "retry"))[1]).toBe(409);
    expect((await asked(id, "delete"))[1]).toBe(204);
    expect((await asked(id, "delete"))[1]).toBe(404);
  });
});

describe("removing a job", () => {
  it("calls its results expired before they go, so that a database that takes no change keeps both", async () => {
    const seen: string[] = [];
    const gone = new Set<string>();
    const remove = async ({ id }: JobRecord): Promise<void> => {
      gone.add(id);
      const job = await started?.engine.get(id);
      seen.push(job === undefined ? "gone" : jobState(job));
    };
    const results = definePlugin({
      name: "fake-results",
      version: "0.1.0",
      prefix: "",
      options: { parse: (input: unknown) => input },
      provides: [JobResultsService],
      setup: () => ({
        services: [
          provide(JobResultsService, {
            remove,
            isGone: (id: string) => gone.has(id),
          } as unknown as JobResults),
        ], // asked for nothing else here
      }),
    });
    const jobs = await start({ plugins: [results] });
    const { id } = (await jobs.post("/v1/jobs/counting", {})).body as { id: string }; // what a job is made with
    for await (const _event of jobs.engine.watch(id)) void _event;
    expect((await jobs.ask(`/v1/jobs/${id}`, { method: "DELETE" })).status).toBe(204);
    expect([seen, (await jobs.ask(`/v1/jobs/${id}`)).status]).toEqual([["expired"], 404]);
    // who still reads a store there takes 404 for missing values
    const chunk = "results/forecast.zarr/t2m/c/0/0/0";
    expect((await jobs.ask(`/v1/jobs/${id}/${chunk}`)).status).toBe(410);
    expect((await jobs.ask(`/v1/jobs/nobody/${chunk}`)).status).toBe(404);
  });
});

describe("hostile requests for jobs", () => {
  it.each([
    ["/v1/jobs/..%2Fx", 404],
    ["/v1/jobs/%2e%2e%2f%2e%2e", 404],
    ["/v1/jobs/__proto__", 404],
    ["/v1/jobs/constructor/events", 404],
    [`/v1/jobs/${"a".repeat(7000)}`, 404],
    [`/v1/jobs/${"a".repeat(1_000_000)}`, 414],
    ["/v1/jobs/%00/logs", 404],
    ["/v1/jobs/nobody/results/../../etc/passwd", 404],
    ["/v1/jobs?state=__proto__", 400],
    ["/v1/jobs?limit=-1", 400],
    ["/v1/jobs?createdFrom=yesterday", 400],
    ["/v1/jobs?colour=red", 400],
    [`/v1/jobs?text=${"a".repeat(300)}`, 400],
    ["/v1/jobs?createdFrom=2026-02-30", 400],
    ["/v1/jobs?createdTo=2026-02-29T00:00:00Z", 400],
    ["/v1/jobs?createdFrom=2028-02-29", 200],
    ["/v1/jobs?state=failed&state=running", 400],
    ["/v1/jobs?text=%00&owner=%00&definition=%00", 200],
    ["/v1/jobs?after=%00", 400],
    ["/v1/jobs?after=nobody", 400],
    ["/v1/jobs?limit=999999", 200],
  ])("%s", async (path, status) => {
    const jobs = await start({ jobs: { workers: 0 } });
    const { answer } = await jobs.ask(path);
    expect(answer.status).toBe(status);
    if (status !== 200) expect(answer.headers.get("content-type")).toBe("application/problem+json");
  });

  it.each([
    ["no such definition", "nothing", "{}", 404],
    ["one of another kind", "__proto__", "{}", 404],
    ["no JSON", "counting", "{", 400],
    ["a list", "counting", "[]", 400],
    ["a key that is not known", "counting", '{"params": {}}', 400],
    ["a key of another kind", "counting", '{"__proto__": {}}', 400],
    ["a priority of another kind", "counting", '{"priority": "high"}', 400],
    ["something deep", "counting", `{"parameters": ${"[".repeat(100_000)}`, 400],
    ["something long", "counting", `"${"x".repeat(2_000_000)}"`, 413],
    ["a webhook where nobody may be told", "counting", '{"webhook": {"url": "http://10.0.0.1/"}}', 403],
  ])("refuse %s", async (_what, definition, body, status) => {
    const jobs = await start({ jobs: { workers: 0 } });
    const { answer } = await jobs.ask(`/v1/jobs/${definition}`, { method: "POST", body });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([status, "application/problem+json"]);
    expect((await jobs.ask("/v1/jobs")).body).toEqual({ jobs: [] });
  });
});
