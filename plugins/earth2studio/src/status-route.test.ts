import { afterEach, describe, expect, it } from "vitest";
import { runForever, type Serving, startServing } from "./testing/serving.ts";

let serving: Serving;
afterEach(() => serving.close());

const KEYS = [
  "workflow_name",
  "execution_id",
  "status",
  "position",
  "progress",
  "start_time",
  "end_time",
  "execution_time_seconds",
  "error_message",
  "metadata",
];

async function statusOf(id: string): Promise<Record<string, unknown>> {
  const answer = await serving.get(`/v1/infer/synth/${id}/status`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Record<string, unknown>; // the answer is an object
}

async function until(id: string, status: string): Promise<Record<string, unknown>> {
  for (;;) {
    const now = await statusOf(id);
    if (now["status"] === status) return now;
    await new Promise((go) => setTimeout(go, 5));
  }
}

describe("the status of an execution", () => {
  it("has all keys while it waits, with its place and the parameters with their defaults", async () => {
    serving = startServing({ run: runForever });
    await until(await serving.submit(), "running");
    const [first, second] = [await serving.submit(), await serving.submit()];
    expect(await statusOf(first)).toMatchObject({ status: "queued", position: 0 });
    const waiting = await statusOf(second);
    for (const key of KEYS) expect(waiting).toHaveProperty(key);
    expect(waiting).toMatchObject({
      position: 1,
      progress: null,
      end_time: null,
      execution_time_seconds: null,
      error_message: null,
      metadata: { parameters: { steps: 4 } },
    });
  });
  it("tells progress with every key that the client needs, and the workflow's own", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    serving = startServing({
      run: async (context) => {
        const details = { stage: "roll-out", metadata: { first: 1 } };
        context.progress({ fraction: 0.5, message: "Step 2", current: 2, total: 4, details });
        await promise;
        return { attempt: 1, metadata: {}, seconds: 1, provenance: null };
      },
    });
    const id = await serving.submit();
    const told = async () => {
      for (;;) {
        const now = await statusOf(id);
        if (now["progress"] !== null) return now;
        await new Promise((go) => setTimeout(go, 20));
      }
    };
    expect(await told()).toMatchObject({
      status: "running",
      position: null,
      progress: {
        progress: "Step 2",
        current_step: 2,
        total_steps: 4,
        error_message: null,
        stage: "roll-out",
      },
      metadata: { first: 1, parameters: { steps: 4 } },
    });
    resolve();
  });
  it("says pending_results while results are put away, then completed with its times", async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    serving = startServing({ publish: () => promise });
    const id = await serving.submit();
    await until(id, "pending_results");
    resolve();
    const done = await until(id, "completed");
    expect(done).toMatchObject({
      execution_time_seconds: 0.25,
      metadata: { results_summary: "done", provenance: { seed: 7 } },
    });
    expect(done["end_time"]).toMatch(/\+00:00$/);
  });
  it("says why an execution failed, within bounded time", async () => {
    serving = startServing({ run: () => Promise.reject(new Error("no such model")) });
    const id = await serving.submit();
    expect(await until(id, "failed")).toMatchObject({ error_message: "no such model" });
  });
  it("has one status for scripts that search the text, whatever users call theirs", async () => {
    const output = {
      attempt: 1,
      metadata: { status: "fine", note: '"status":"x"' },
      seconds: 1,
      provenance: null,
    };
    serving = startServing({ run: async () => output });
    const id = await serving.submit();
    await serving.ended(id);
    const text = await (await serving.get(`/v1/infer/synth/${id}/status`)).text();
    expect(text.match(/"status":"[^"]*"/g)).toEqual(['"status":"completed"']);
    expect(JSON.parse(text)).toMatchObject({ metadata: { status: "fine", note: '"status":"x"' } });
  });
  it("after expiry is the end that came before it, and expired only where strictness is wanted", async () => {
    for (const strict of [false, true]) {
      serving = startServing({ strict, retentionMs: 1 });
      const id = await serving.submit();
      await serving.ended(id);
      while ((await serving.engine.get(id))?.expiredAt === undefined)
        await new Promise((go) => setTimeout(go, 5));
      expect(await statusOf(id)).toMatchObject({ status: strict ? "expired" : "completed" });
      await serving.close();
    }
  });
  it("of a cancelled execution is cancelled", async () => {
    serving = startServing({
      run: runForever,
    });
    const id = await serving.submit();
    await until(id, "running");
    await serving.engine.cancel(id);
    await until(id, "cancelled");
    const results = await serving.get(`/v1/infer/synth/${id}/results`);
    expect([results.status, await results.json()]).toMatchObject([
      404,
      { error: "Workflow execution cancelled" },
    ]);
  });
  it("is 404 for what is unknown or of another workflow, and answers HEAD", async () => {
    serving = startServing({ names: ["synth", "other"] });
    const id = await serving.submit("other");
    const unknown = await serving.get(`/v1/infer/synth/${id}/status`);
    expect([unknown.status, await unknown.json()]).toMatchObject([
      404,
      { detail: `Execution ${id} not found for workflow synth` },
    ]);
    const nowhere = await serving.get("/v1/infer/nope/exec_1/status");
    expect(await nowhere.json()).toMatchObject({ detail: "Custom workflow 'nope' not found" });
    const head = await serving.get(`/v1/infer/other/${id}/status`, { method: "HEAD" });
    expect([head.status, Number(head.headers.get("content-length")) > 0, await head.text()]).toEqual([
      200,
      true,
      "",
    ]);
  });
});
