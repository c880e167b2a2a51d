/**
 * What the job engine costs beside jobs that do nothing: `node bench/jobs.ts [sqlite|postgresql|lists|watchers …]`.
 * Upstream's server (Redis and RQ, 2 cores) needed 16.6 ms from submission to end (median), and did 85 to 87 jobs a second.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { createJobEngine, type JobEngine, type JobStore, openJobStore } from "@zarr-gateway/jobs";
import { postgresPrograms, startPostgres } from "@zarr-gateway/testkit";
import { atMost, type Goal } from "./goal.ts";

const UPSTREAM = { medianMs: 16.6, jobsPerSecond: 87 };
const WALK = 200;
const LOAD = { jobs: 3000, clients: 32, concurrency: 16 };
const FINISHED = 100_000;
const WATCHERS = { count: 1000, seconds: 20 };

const folder = await mkdtemp(join(tmpdir(), "zarr-gateway-bench-jobs-"));
const asked = process.argv.slice(2);
const isAsked = (name: string): boolean => asked.length === 0 || asked.includes(name);
const goals: Goal[] = [];
try {
  if (isAsked("sqlite")) await onSqlite();
  if (isAsked("postgresql")) await onPostgres();
  if (isAsked("lists")) await lists(`sqlite:${join(folder, "lists.db")}`, "SQLite");
  if (isAsked("watchers")) await watchers();
} finally {
  await rm(folder, { recursive: true, force: true });
}
console.table(goals);

async function onSqlite(): Promise<void> {
  for (const durable of ["requests", "everything"] as const) {
    const store = await openJobStore(`sqlite:${join(folder, `${durable}.db`)}`, { durable });
    await speed(store, { name: `SQLite, ${durable} durable`, times: 10 });
  }
}

async function onPostgres(): Promise<void> {
  if (postgresPrograms() === undefined) return console.error("no PostgreSQL is installed here");
  const server = await startPostgres({ isDurable: true });
  try {
    await speed(await openJobStore(await server.database()), { name: "PostgreSQL", times: 3 });
    if (isAsked("lists")) await lists(await server.database(), "PostgreSQL");
  } finally {
    await server.close();
  }
}

function engineOn(store: JobStore, concurrency: number): JobEngine {
  const engine = createJobEngine({ store, concurrency, maxQueued: 1e9 });
  engine.defineStep({ name: "nothing", run: async () => null });
  engine.defineJob({
    name: "trivial",
    params: { parse: (input) => input },
    plan: () => [{ key: "all", input: null, steps: [{ step: "nothing" }] }],
  });
  return engine;
}

async function ended(engine: JobEngine, params: unknown): Promise<void> {
  const { id } = await engine.submit("trivial", params);
  for await (const _event of engine.watch(id)) void _event;
}

/** One job after the other, then many at once. */
async function speed(
  store: JobStore,
  { name, times }: { readonly name: string; readonly times: number },
): Promise<void> {
  const engine = engineOn(store, LOAD.concurrency);
  engine.start();
  for (let index = 0; index < 50; index++) await ended(engine, index);
  const walk: number[] = [];
  for (let index = 0; index < WALK; index++) walk.push(await seconds(() => ended(engine, index)));
  const cpu = process.cpuUsage();
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < LOAD.jobs) await ended(engine, next++);
  };
  const taken = await seconds(() => Promise.all(Array.from({ length: LOAD.clients }, client)));
  const { user, system } = process.cpuUsage(cpu);
  goals.push(
    atMost(`${name}: submission to end, median`, 1000 * median(walk), UPSTREAM.medianMs / 2, "ms"),
    atLeast(`${name}: jobs a second`, LOAD.jobs / taken, times * UPSTREAM.jobsPerSecond, "/s"),
    atLeast(
      `${name}: jobs a second of this process's own time`,
      (LOAD.jobs * 1e6) / (user + system),
      0,
      "/s",
    ),
  );
  await engine.close();
  await store.close();
}

/** Pages and searches among many jobs that have ended. */
async function lists(url: string, name: string): Promise<void> {
  const store = await openJobStore(url);
  const engine = engineOn(store, 64);
  engine.start();
  let next = 0;
  const client = async (): Promise<void> => {
    while (next < FINISHED) {
      const index = next++;
      const params = {
        start: `2026-01-${1 + (index % 28)}`,
        member: index % 51,
        tag: `run-${index.toString(36)}-x`,
      };
      const { id } = await engine.submit("trivial", params, { owner: `owner ${index % 10}` });
      if (index % 50 === 0) for await (const _event of engine.watch(id)) void _event;
    }
  };
  await Promise.all(Array.from({ length: 64 }, client));
  while ((await engine.stats()).definitions.some(({ jobs }) => jobs.succeeded !== FINISHED)) await delay(100);
  await engine.close();
  const page = await store.list({ limit: 50 });
  const questions = {
    "the newest 50": { limit: 50 },
    "50 from the middle on": { limit: 50, after: page.at(-1)?.id ?? "" },
    "50 of one owner and state": { limit: 50, owner: "owner 3", state: "succeeded" as const },
    "none of a state": { limit: 50, state: "failed" as const },
    "a search with one hit": { limit: 50, text: `run-${(FINISHED / 2).toString(36)}-x` },
    "a search with hits everywhere": { limit: 50, text: "trivial" },
    "a search without a hit": { limit: 50, text: "no such text" },
  };
  for (const [what, filter] of Object.entries(questions)) {
    const times: number[] = [];
    for (let round = 0; round < 21; round++) times.push(await seconds(() => store.list(filter)));
    goals.push(atMost(`${name}, ${FINISHED} jobs: ${what}`, 1000 * median(times), 20, "ms"));
  }
  const counting = await seconds(() => store.stats());
  goals.push(atMost(`${name}, ${FINISHED} jobs: counts by state`, 1000 * counting, 5, "ms"));
  await store.close();
}

/** What it costs that many watch jobs in which nothing happens. */
async function watchers(): Promise<void> {
  const store = await openJobStore(`sqlite:${join(folder, "watchers.db")}`);
  const engine = engineOn(store, 0);
  const stopping = new AbortController();
  const watching: Promise<void>[] = [];
  for (let index = 0; index < WATCHERS.count; index++) {
    const { id } = await engine.submit("trivial", index);
    const watch = async (): Promise<void> => {
      for await (const _event of engine.watch(id, 0, { signal: stopping.signal })) void _event;
    };
    watching.push(watch());
  }
  await delay(1000);
  const cpu = process.cpuUsage();
  await delay(WATCHERS.seconds * 1000);
  const { user, system } = process.cpuUsage(cpu);
  goals.push(
    atMost(
      `${WATCHERS.count} idle watchers of ${WATCHERS.count} jobs`,
      (user + system) / WATCHERS.seconds / 1e4,
      2,
      "% CPU",
    ),
  );
  stopping.abort();
  await Promise.all(watching);
  await engine.close();
  await store.close();
}

function atLeast(what: string, measured: number, limit: number, unit: string): Goal {
  return {
    what,
    goal: `≥ ${limit} ${unit}`,
    measured: `${measured.toFixed(0)} ${unit}`,
    isMet: measured >= limit,
  };
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)] ?? Number.NaN;
}
