import { listen } from "@zarr-gateway/server";
import { afterEach, describe, expect, it } from "vitest";
import { type StartedJobs, startJobs } from "../testing/started-jobs.ts";

const HEADER = "X-Forwarded-User";
let jobs: StartedJobs;
let close: () => Promise<void>;
afterEach(async () => {
  await close();
  await jobs.stop();
});

/** A server on a socket: what a proxy says counts by the address that it has. */
async function start(trustedProxies: readonly string[], maxRunning = 1): Promise<string> {
  const { promise: asked, resolve: stop } = Promise.withResolvers<null>();
  const options = { jobs: { workers: 4, owners: { header: HEADER, maxRunning } }, trustedProxies };
  jobs = await startJobs({ run: () => asked }, options);
  const listening = await listen(jobs.gateway, { host: "127.0.0.1", port: 0 });
  close = async () => {
    stop(null);
    await listening.close({ graceMs: 100 });
  };
  return listening.url;
}

const submitted = async (base: string, owner?: string, key?: string): Promise<Record<string, unknown>> => {
  const headers = { ...(owner !== undefined && { [HEADER]: owner }), ...(key && { "Idempotency-Key": key }) };
  const answer = await fetch(`${base}/v1/jobs/counting`, { method: "POST", body: "{}", headers });
  expect(answer.status).toBeLessThan(300);
  return (await answer.json()) as Record<string, unknown>; // a job
};

const idsOf = async (base: string, query: string): Promise<readonly unknown[]> => {
  const { jobs: found } = (await (await fetch(`${base}/v1/jobs?${query}`)).json()) as {
    jobs: readonly { readonly id: unknown }[];
  }; // as lists are
  return found.map(({ id }) => id);
};

describe("owners of jobs", () => {
  it("are whom a trusted proxy names, and run as much at once as each may", async () => {
    const base = await start(["127.0.0.1"]);
    const ann = [await submitted(base, "ann"), await submitted(base, "ann")];
    const bob = await submitted(base, "bob");
    expect([ann[0]?.["owner"], bob["owner"]]).toEqual(["ann", "bob"]);
    while ((await idsOf(base, "state=running")).length < 2) await new Promise((go) => setTimeout(go, 10));
    await new Promise((go) => setTimeout(go, 700)); // longer than a worker's round
    expect(new Set(await idsOf(base, "state=running"))).toEqual(new Set([ann[0]?.["id"], bob["id"]]));
    expect(await idsOf(base, "owner=ann&state=queued")).toEqual([ann[1]?.["id"]]);
    const known = await fetch(`${base}/v1/jobs/definitions`, { headers: { [HEADER]: "ann" } });
    expect(await known.json()).toMatchObject({ owner: "ann", maxRunning: 1 });
  });

  it("have idempotency keys of their own", async () => {
    const base = await start(["127.0.0.1"]);
    const [ann, bob, again] = [
      await submitted(base, "ann", "k"),
      await submitted(base, "bob", "k"),
      await submitted(base, "ann", "k"),
    ];
    expect([bob["id"] === ann["id"], again["id"] === ann["id"]]).toEqual([false, true]);
  });

  it("are nobody where the header comes from anybody else, and may have names of any letters", async () => {
    const base = await start(["10.0.0.0/8"]);
    expect(await submitted(base, "ann")).not.toHaveProperty("owner");
    await close();
    await jobs.stop();
    const trusted = await start(["127.0.0.1"]);
    expect(await submitted(trusted, Buffer.from("Ángström ☃").toString("latin1"))).toHaveProperty(
      "owner",
      "Ángström ☃",
    );
    expect(await submitted(trusted, "  ")).not.toHaveProperty("owner");
    const headers = { [HEADER]: "a".repeat(201) };
    const long = await fetch(`${trusted}/v1/jobs/counting`, { method: "POST", body: "{}", headers });
    expect([long.status, ((await long.json()) as { detail: string }).detail]).toEqual([
      400,
      "X-Forwarded-User: expected a name of 200 characters at most",
    ]);
  });
});
