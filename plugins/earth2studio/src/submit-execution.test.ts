import { afterEach, describe, expect, it } from "vitest";
import { runForever, type Serving, startServing } from "./testing/serving.ts";

let serving: Serving;
afterEach(() => serving.close());

describe("a submission", () => {
  it("answers 200 in compact JSON with one status", async () => {
    serving = startServing();
    const answer = await serving.post("/v1/infer/synth", { parameters: { steps: 2 } });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "application/json"]);
    const text = await answer.text();
    expect(text).toMatch(/"execution_id":"exec_\d+_[0-9a-f]{8}","status":"queued","position":\d,/);
    expect(text.match(/"status":"/g)).toHaveLength(1);
    expect(JSON.parse(text)).toMatchObject({
      workflow_name: "synth",
      message: "Workflow 'synth' queued for execution",
    });
    expect(JSON.parse(text)).toHaveProperty("timestamp", expect.stringMatching(/^\d{4}-.*\+00:00$/));
  });
  it("names the workflow, the parameter and the reason where parameters do not fit", async () => {
    serving = startServing();
    const answer = await serving.post("/v1/infer/synth", { parameters: { steps: 0 } });
    const body = await answer.json();
    expect(answer.status).toBe(422);
    expect(body).toMatchObject({ error: "Invalid parameters for workflow 'synth'" });
    expect(body).toHaveProperty(
      "detail",
      expect.stringMatching(/^Invalid parameters for workflow 'synth': .*steps/s),
    );
    expect(body).toHaveProperty("details", expect.stringContaining("steps"));
  });
  it("of what is unknown, hidden or broken is refused in words of its own", async () => {
    serving = startServing({ hidden: ["secret"], broken: ["wreck"] });
    const detail = async (name: string) => {
      const answer = await serving.post(`/v1/infer/${name}`);
      return [answer.status, (await answer.json()) as { detail: string }]; // every refusal has a detail
    };
    expect(await detail("nope")).toMatchObject([404, { detail: "Workflow 'nope' not found" }]);
    expect(await detail("secret")).toMatchObject([404, { detail: "Workflow 'secret' is not exposed" }]);
    expect(await detail("wreck")).toMatchObject([
      503,
      { error: expect.stringContaining("a mistake") as string },
    ]);
    expect(await detail("workflows")).toMatchObject([404, { detail: "Workflow 'workflows' not found" }]);
  });
  it("to a full queue is refused with the time after which to come again", async () => {
    serving = startServing({ maxQueued: 1, run: runForever });
    await serving.submit();
    while ((await serving.engine.stats()).running["run"] === undefined)
      await new Promise((go) => setTimeout(go, 5));
    expect((await serving.post("/v1/infer/synth")).status).toBe(200);
    const full = await serving.post("/v1/infer/synth");
    expect([full.status, Number(full.headers.get("retry-after")) > 0]).toEqual([429, true]);
    expect(await full.json()).toMatchObject({
      detail: "Service temporarily unavailable. Queue 'synth' is full (1/1). Please try again later.",
    });
  });
  it("counts places from 0, and from 1 where strictness is wanted", async () => {
    for (const strict of [false, true]) {
      serving = startServing({ run: runForever, strict });
      await serving.submit();
      while ((await serving.engine.stats()).running["run"] === undefined)
        await new Promise((go) => setTimeout(go, 5));
      const places = [];
      for (let count = 0; count < 3; count += 1) {
        const body: unknown = await (await serving.post("/v1/infer/synth")).json();
        await new Promise((go) => setTimeout(go, 3)); // jobs of one millisecond are in no order
        places.push((body as { position: number }).position); // every answer to a submission has one
      }
      expect(places).toEqual(strict ? [1, 2, 3] : [0, 1, 2]);
      await serving.close();
    }
  });
  it("with a repeated key gives the first execution, and is refused for another request", async () => {
    serving = startServing();
    const send = async (steps: number) => {
      const answer = await serving.post(
        "/v1/infer/synth",
        { parameters: { steps } },
        { "Idempotency-Key": "k" },
      );
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }; // an object in both cases
    };
    const first = await send(1);
    await serving.ended(String(first.body["execution_id"]));
    const again = await send(1);
    expect(again.body["execution_id"]).toBe(first.body["execution_id"]);
    expect(again.body["status"]).toBe("completed");
    expect(await send(2)).toMatchObject({
      status: 422,
      body: { detail: expect.stringContaining("idempotency") as string },
    });
  });
});

describe("a submission without a name", () => {
  it("goes to the only workflow that is listed", async () => {
    serving = startServing({ unlisted: ["warmup"] });
    expect(await (await serving.post("/v1/infer")).json()).toMatchObject({ workflow_name: "synth" });
  });
  it("is refused where there is none or a choice", async () => {
    serving = startServing({ names: [] });
    const none = await serving.post("/v1/infer");
    expect([none.status, await none.json()]).toMatchObject([
      503,
      { detail: "No exposed workflows are available." },
    ]);
    await serving.close();
    serving = startServing({ names: ["a", "b"] });
    const two = await serving.post("/v1/infer");
    expect([two.status, await two.json()]).toMatchObject([
      409,
      { detail: "POST /v1/infer requires exactly one exposed workflow; found 2: a, b." },
    ]);
  });
});
