import { readFileSync } from "node:fs";
import { join } from "node:path";
import { type PostgresServer, postgresPrograms, startPostgres } from "@zarr-gateway/testkit";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createJobEngine } from "../engine/store-job-engine.ts";
import { jobState } from "../reducer/job-state.ts";
import { describeJobStore } from "./job-store-suite.ts";
import { openJobStore } from "./open-job-store.ts";
import { type Connections, openConnections } from "./postgres/connections.ts";
import { COUNTS } from "./postgres/job-lists.ts";
import { claimSome, NO_RULE, twoStepJob } from "./suite/fixtures.ts";

/** Skipped with a word where Debian's packages are missing; where everything is checked they must be there. */
const isHere = postgresPrograms() !== undefined;
if (!isHere && process.env["CI"]) throw new Error("install postgresql: the tests of its store need it");

describe.runIf(isHere)("with a PostgreSQL server", () => {
  let server: PostgresServer;
  let connections: Connections;
  let url = "";
  beforeAll(async () => {
    server = await startPostgres();
    url = await server.database();
    connections = await openConnections(url);
  }, 60_000);
  afterAll(async () => {
    await connections?.close();
    await server?.close();
  });

  const opened = async () => {
    const store = await openJobStore(url);
    await connections.query(
      "TRUNCATE zarr_gateway.jobs, zarr_gateway.steps, zarr_gateway.events, zarr_gateway.idempotency",
    );
    return store;
  };
  describeJobStore("postgresql", opened);

  it("is brought to its schema once by several processes that start together, and left alone when it is newer", async () => {
    const fresh = await server.database();
    const stores = await Promise.all([1, 2, 3].map(() => openJobStore(fresh)));
    expect(await Promise.all(stores.map((store) => store.list({ limit: 1 })))).toEqual([[], [], []]);
    for (const store of stores) await store.close();
    const own = await openConnections(fresh);
    await own.query("UPDATE zarr_gateway.schema_version SET version = 99");
    await own.close();
    await expect(openJobStore(fresh)).rejects.toThrow("the jobs database has schema 99");
  });

  it("comes from schema 1 to the newest with everything that is in it, and goes on from there", async () => {
    const old = await server.database();
    const own = await openConnections(old);
    const text = readFileSync(join(import.meta.dirname, "postgres", "fixtures", "schema-1.sql"), "utf8");
    await own.transaction(async ({ script }) => {
      await script(text);
      return { result: undefined, writes: [] };
    });
    const records = await own.query("SELECT id, record FROM zarr_gateway.jobs");
    const events = await own.query("SELECT event FROM zarr_gateway.events ORDER BY job, sequence");
    const store = await openJobStore(old);
    const jobs = await store.list({ limit: 10 });
    expect(jobs.map((job) => [job.id, jobState(job)])).toEqual([
      ["waits", "queued"],
      ["runs", "running"],
      ["expired", "expired"],
      ["done", "succeeded"],
    ]);
    for (const { id, record } of records)
      expect(await store.get(String(id))).toMatchObject({
        ...(JSON.parse(String(record)) as object), // as the program wrote it
        tasks: [{ key: "t", input: id, steps: [{ name: "fetch" }, { name: "run" }] }],
      });
    const kept = [];
    for (const id of ["done", "expired", "runs", "waits"])
      for (const { event } of await store.events(id, { after: 0, limit: 100 })) kept.push({ event });
    expect(kept).toEqual(events.map(({ event }) => ({ event: JSON.parse(String(event)) as unknown })));
    const waiting = { definition: "e", jobs: { queued: 1 }, oldestQueuedAt: 2000 };
    expect(await store.stats()).toEqual({
      definitions: [{ definition: "d", jobs: { running: 1, expired: 1, succeeded: 1 } }, waiting],
      running: { fetch: 1 },
    });
    expect(await store.remove("done")).toBe(true);
    expect((await claimSome(store, { now: 2001 })).map(({ job }) => job.id)).toEqual(["waits"]);
    // as a program of schema 1 would that still runs
    await own.query("UPDATE zarr_gateway.jobs SET state = 'failed', has_ended = true WHERE id = 'runs'");
    expect((await store.stats()).definitions).toEqual([
      { definition: "d", jobs: { expired: 1, failed: 1 } },
      { definition: "e", jobs: { running: 1 } },
    ]);
    await own.close();
    await store.close();
  });

  it("counts jobs that have ended without a look at them, in sums that many writers keep at once", async () => {
    const store = await opened();
    const row = `'d', 'o', 'succeeded', 0, 0, 1, true, NULL::bigint, NULL::bigint, NULL::bigint, '', '{}'`;
    const end = (from: number): Promise<unknown> =>
      connections.query(
        `INSERT INTO zarr_gateway.jobs SELECT n, 'j' || n, ${row} FROM generate_series(${from}, ${from + 1499}) AS n`,
      );
    await Promise.all([1, 2, 3, 4, 5, 6].map((part) => end(part * 10_000)));
    await connections.query("DELETE FROM zarr_gateway.jobs WHERE number % 10 = 0");
    await end(70_000);
    await store.create(twoStepJob("a"), NO_RULE);
    const jobs = { queued: 1, succeeded: 9600 };
    expect((await store.stats()).definitions).toEqual([{ definition: "d", jobs, oldestQueuedAt: 0 }]);
    const [left] = await connections.query("SELECT count(*) AS count FROM zarr_gateway.job_count_changes");
    expect(Number(left?.["count"])).toBeLessThan(1500);
    await connections.query("ANALYZE zarr_gateway.jobs");
    const plan = JSON.stringify(await connections.query(`EXPLAIN (FORMAT JSON) ${COUNTS}`));
    expect(plan).toContain('"Index Name":"jobs_of_state"');
    expect(plan).not.toMatch(/"Seq Scan","[^{}]*"Relation Name":"jobs"/);
    await store.close();
  });

  it("searches by its index of texts", async () => {
    const [row] = await connections.query("SELECT to_regclass('zarr_gateway.jobs_search') AS index");
    expect(row?.["index"]).not.toBeNull();
  });

  it("holds limits, queues and keys across processes that ask at once", async () => {
    const [one, other] = [await opened(), await openJobStore(url)];
    const both = [one, other];
    const made = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        (index % 2 === 0 ? one : other).create(twoStepJob(`j${index}`), { maxQueued: 7 }),
      ),
    );
    expect(made.filter((submitted) => submitted.outcome === "created")).toHaveLength(7);
    const rule = { maxQueued: 100, idempotency: { key: "k", digest: "1", expiresAt: 1e6 } };
    const repeated = await Promise.all(
      both.map((store, index) => store.create(twoStepJob(`k${index}`), rule)),
    );
    expect(repeated.map(({ outcome }) => outcome).sort()).toEqual(["created", "repeated"]);
    const same = await Promise.all(both.map((store) => store.create(twoStepJob("same"), NO_RULE)));
    expect(same.map(({ outcome }) => outcome).sort()).toEqual(["created", "taken"]);
    const limits = { perDefinition: { d: 4 } };
    const claims = await Promise.all(
      [1, 2, 3, 4].flatMap(() => both.map((store) => claimSome(store, { limits }))),
    );
    expect(claims.flat()).toHaveLength(4);
    for (const store of both) await store.close();
  });

  it("tells other processes of new work and of news at once", async () => {
    const [front, back] = [await opened(), await openJobStore(url)];
    const [submitting, working] = [front, back].map((store) => {
      const engine = createJobEngine({ store, pollMs: 20_000 });
      engine.defineStep({ name: "s", run: async () => null });
      engine.defineJob({
        name: "d",
        params: { parse: () => null },
        plan: () => [{ key: "t", input: null, steps: [{ step: "s" }] }],
      });
      return engine;
    });
    working?.start();
    for (let round = 0; round < 3; round++) {
      const { id } = (await submitting?.submit("d", null)) ?? { id: "" };
      for await (const _event of submitting?.watch(id) ?? []) void _event;
      const job = await front.get(id);
      expect(job && jobState(job)).toBe("succeeded");
    }
    for (const engine of [submitting, working]) await engine?.close();
    for (const store of [front, back]) await store.close();
  });

  it("restarted under load: calls fail as overloaded for a while, and every job that was accepted ends once", async () => {
    const store = await opened();
    const effects: string[] = [];
    const errors: unknown[] = [];
    const options = {
      pollMs: 50,
      leaseMs: 2000,
      concurrency: 4,
      onError: (error: unknown) => errors.push(error),
    };
    const engine = createJobEngine({ store, ...options });
    engine.defineStep({
      name: "s",
      run: async (input) => {
        effects.push(String(input));
        return input;
      },
    });
    engine.defineJob({
      name: "d",
      params: { parse: Number },
      plan: (input) => [{ key: "t", input, steps: [{ step: "s" }] }],
    });
    engine.start();
    const accepted: string[] = [];
    const refused: unknown[] = [];
    const outage = server.restart("immediate");
    for (let index = 0; index < 150 || refused.length === 0; index++)
      await engine.submit("d", index).then(
        ({ id }) => accepted.push(id),
        (error: unknown) => refused.push(error),
      );
    await outage;
    await engine.submit("d", 1000).then(({ id }) => accepted.push(id));
    for (const id of accepted) for await (const _event of engine.watch(id)) void _event;
    for (const id of accepted) {
      const job = await engine.get(id);
      expect(job && jobState(job)).toBe("succeeded");
      const events = await store.events(id, { after: 0, limit: 100 });
      expect(events.filter(({ event }) => event.type === "step_succeeded")).toHaveLength(1);
    }
    for (const error of [...refused, ...errors]) expect(error).toMatchObject({ code: "overloaded" });
    await engine.close();
    await store.close();
  });
});
