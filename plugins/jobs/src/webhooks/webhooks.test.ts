import { createHmac } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createJobEngine, type JobEngine, type JobStore, memoryJobStore } from "@zarr-gateway/jobs";
import { silentLog } from "@zarr-gateway/server";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type StartedJobs, startJobs } from "../testing/started-jobs.ts";
import { checkedWebhook, trustIn } from "./webhook-rules.ts";
import { Webhooks } from "./webhooks.ts";

const SECRET = "a secret of some length";

interface Received {
  readonly path: string | undefined;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

describe("messages of jobs", () => {
  let server: Server;
  let base: string;
  let received: Received[];
  let statuses: number[];
  let jobs: StartedJobs | undefined;

  beforeEach(async () => {
    received = [];
    statuses = [];
    server = createServer((request, answer) => {
      const pieces: Buffer[] = [];
      request.on("data", (piece: Buffer) => pieces.push(piece));
      request.on("end", () => {
        received.push({
          path: request.url,
          headers: request.headers,
          text: Buffer.concat(pieces).toString(),
        });
        answer.writeHead(statuses.shift() ?? 204).end();
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`; // bound to a port
  });
  afterEach(async () => {
    await jobs?.stop();
    jobs = undefined;
    server.closeAllConnections();
    server.close();
  });

  const start = async (
    webhooks: object,
    step: Parameters<typeof startJobs>[0] = {},
  ): Promise<StartedJobs> => {
    jobs = await startJobs(step, { jobs: { webhooks: { secret: SECRET, ...webhooks } } });
    return jobs;
  };
  const untilReceived = async (count: number): Promise<void> => {
    for (let waited = 0; received.length < count && waited < 8000; waited += 20) await sleep(20);
    expect(received.length).toBeGreaterThanOrEqual(count);
  };

  it("are signed, say what became of the job, and come once", async () => {
    const { post, ask } = await start({ allow: [base] });
    const webhook = { url: `${base}hook?key=1`, events: ["started", "ended", "succeeded"] };
    const made = await post("/v1/jobs/counting", { webhook });
    const { id } = made.body as { id: string }; // what a job is made with
    await untilReceived(2);
    await sleep(1500);
    const types = received.map(({ text }) => (JSON.parse(text) as { type: string }).type);
    expect(types.sort()).toEqual(["org.zarr-gateway.job.started", "org.zarr-gateway.job.succeeded"]);
    for (const { headers, text } of received) {
      const signed = `${String(headers["webhook-id"])}.${String(headers["webhook-timestamp"])}.${text}`;
      const digest = createHmac("sha256", SECRET).update(signed).digest("base64");
      expect(headers["webhook-signature"]).toBe(`v1,${digest}`);
      expect(JSON.parse(text)).toMatchObject({
        specversion: "1.0",
        subject: id,
        data: { id, state: "succeeded" },
      });
    }
    const listed = JSON.stringify((await ask("/v1/jobs")).body);
    expect([listed.includes(id), listed.includes('"webhook"')]).toEqual([true, false]);
    const messages = (await ask("/v1/jobs?definition=webhook")).body as { jobs: { id: string }[] };
    expect(messages.jobs).toHaveLength(2);
    expect(JSON.stringify((await ask(`/v1/jobs/${messages.jobs[0]?.id}`)).body)).not.toContain("key=1");
  }, 20_000);

  it("come again, each with an id of its own, when a job that failed is asked for anew", async () => {
    let tries = 0;
    const run = async (): Promise<null> => {
      tries += 1;
      if (tries < 3) throw new Error(`try ${tries}`);
      return null;
    };
    const { engine, post, ask } = await start({ allow: [base] }, { run });
    const webhook = { url: `${base}hook`, events: ["started", "ended"] };
    const { id } = (await post("/v1/jobs/counting", { webhook })).body as { id: string }; // what a job is made with
    for await (const _event of engine.watch(id)) void _event;
    for (let again = 0; again < 2; again++) {
      // at once: the end before it has not been told yet
      expect((await post(`/v1/jobs/${id}/retry`, {})).status).toBe(202);
      for await (const _event of engine.watch(id)) void _event;
    }
    expect((await post(`/v1/jobs/${id}/retry`, {})).status).toBe(409);
    await untilReceived(6);
    await sleep(1200);
    const types = received.map(({ text }) => (JSON.parse(text) as { type: string }).type.split(".").at(-1));
    expect(types.sort()).toEqual(["failed", "failed", "started", "started", "started", "succeeded"]);
    expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(6);
    expect((await ask(`/v1/jobs/${id}`, { method: "DELETE" })).status).toBe(204);
    const left = await readdir(join(jobs?.folder ?? "", "results/.webhooks"), { recursive: true });
    expect(left.filter((name) => name.endsWith(".json"))).toEqual([]);
  }, 20_000);

  it("are tried again where they were not taken, of every job where the configuration says so", async () => {
    statuses.push(503);
    const { engine, ask } = await start({ endpoints: [{ url: base, events: ["ended"] }] });
    await engine.submit("counting", {});
    await untilReceived(1);
    let text = "";
    for (let waited = 0; !text.includes("answered 503") && waited < 5000; waited += 50) {
      await sleep(50);
      const { jobs: messages } = (await ask("/v1/jobs?definition=webhook")).body as {
        jobs: { id: string }[];
      };
      text = JSON.stringify((await ask(`/v1/jobs/${messages[0]?.id}`)).body);
    }
    expect(text).toMatch(/"state":"ready".*"nextAttemptAt"/);
  }, 20_000);

  it("belong to what an Idempotency-Key stands for: another webhook under it is refused, and nobody is told twice", async () => {
    const { post } = await start({ allow: [base] });
    const asked = async (webhook?: object): Promise<number> =>
      (await post("/v1/jobs/counting", { webhook }, { "Idempotency-Key": "k" })).status;
    expect(await asked({ url: `${base}one`, events: ["ended", "started"] })).toBe(201);
    expect(await asked({ url: `${base}one`, events: ["started", "ended"] })).toBe(200);
    expect(await asked({ url: `${base}other`, events: ["ended", "started"] })).toBe(422);
    expect(await asked({ url: `${base}one` })).toBe(422);
    expect(await asked()).toBe(422);
    await untilReceived(2);
    await sleep(1200);
    const paths = received.map(({ path }) => path);
    expect(paths).toEqual(["/one", "/one"]);
  }, 20_000);

  it("go nowhere else than the configuration allows", async () => {
    const { post } = await start({ allow: [`${base}hooks/`, "http://localhost:1/"] });
    for (const url of [
      base,
      `${base}hooks/../x`,
      "http://169.254.169.254/",
      "file:///etc/passwd",
      `${base}hooksx`,
    ])
      expect([url, (await post("/v1/jobs/counting", { webhook: { url } })).status]).toEqual([url, 403]);
    const events = "expected a list of started, succeeded, partially_succeeded, failed, cancelled, ended";
    for (const [webhook, detail] of [
      [5, "webhook: expected { url, events }"],
      [{ url: 1 }, "webhook.url: expected a URL of 2048 characters at most"],
      [{ url: `${base}hooks/`, events: [] }, `webhook.events: ${events}`],
      [{ url: `${base}hooks/`, events: ["x"] }, `webhook.events.0: ${events}`],
    ] as const)
      expect((await post("/v1/jobs/counting", { webhook })).body).toMatchObject({ status: 400, detail });
    const unknown = await post("/v1/jobs/counting", { webhook: { url: base, secret: "x" } });
    expect(unknown.body).toMatchObject({ status: 400, detail: expect.stringContaining("secret") as string });
  });
});

it("jobs that do not move are not read again, however many there are to be told of", async () => {
  const root = await mkdtemp(join(tmpdir(), "webhooks-"));
  const store = memoryJobStore();
  const engine = createJobEngine({ store });
  engine.defineStep({ name: "s", run: async () => null });
  engine.defineJob({
    name: "d",
    params: { parse: () => null },
    plan: () => [{ key: "t", input: null, steps: [{ step: "s" }] }],
  });
  const read: string[] = [];
  const get: JobEngine["get"] = (id) => {
    read.push(id);
    return engine.get(id);
  };
  const submit: JobEngine["submit"] = (...call) => engine.submit(...call);
  let looks = 0;
  const latest: JobStore["latest"] = (ids) => {
    looks += 1;
    return store.latest(ids);
  };
  const messages = createJobEngine({ store, sweeps: false });
  const webhooks = new Webhooks({
    engine: { ...engine, get, submit },
    latest,
    messages,
    root,
    secret: SECRET,
    source: "s",
    log: silentLog(),
    rules: { allow: [], allowPrivate: false },
    endpoints: [{ url: "http://127.0.0.1:1/", events: ["ended"] }],
  });
  const jobs = await Promise.all([1, 2, 3].map(() => webhooks.submit("d", null, {})));
  webhooks.start();
  while (looks < 2) await sleep(50);
  expect(read.sort()).toEqual(jobs.map(({ id }) => id).sort());
  await engine.cancel(jobs[0]?.id ?? "");
  while ((await store.list({ definition: "webhook", limit: 10 })).length === 0) await sleep(50);
  expect(read.slice(3).filter((id) => !id.startsWith("webhook-"))).toEqual([jobs[0]?.id]);
  await webhooks.close();
  await engine.close();
  await rm(root, { recursive: true });
}, 20_000);

describe("rules of messages", () => {
  it("trust addresses that the configuration names, and names only where private ones are allowed", () => {
    const allow = ["https://hooks.example.org/", "http://10.0.0.7/"];
    const trust = (url: string, allowPrivate = false): string =>
      trustIn(new URL(url), { allow, allowPrivate });
    expect(trust("https://hooks.example.org/a")).toBe("unnamed");
    expect(trust("https://hooks.example.org/a", true)).toBe("named");
    expect(trust("http://10.0.0.7/a")).toBe("named");
    const rules = { allow, allowPrivate: false };
    expect(checkedWebhook({ url: "https://hooks.example.org/a" }, rules).events).toEqual(["ended"]);
    expect(() => checkedWebhook({ url: "https://user@hooks.example.org/a" }, rules)).toThrow("webhook.url");
    expect(() => checkedWebhook({ url: "https://hooks.example.org.evil.org/" }, rules)).toThrow(
      "webhook.url",
    );
  });
});
