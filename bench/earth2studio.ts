/**
 * The API of Earth2Studio's serve, on both stores, beside upstream's own server: `node bench/earth2studio.ts [SECONDS [ROUNDS]]`.
 * Every measure is taken of each server in turn, and again in the next round; what is told are medians. Processor time is that
 * of the API's process (of a job, that of its workers and of Redis too), which depends little on who else works. Without upstream's
 * server (bench/peers/earth2studio/requirements.txt) its figures are those of another machine of two cores.
 */
import { setTimeout as sleep } from "node:timers/promises";
import { load } from "./load.ts";
import { closeConnections, executed, farRanges, latencies, together } from "./serve-requests.ts";
import { startBareServer, startWorkflowServers, type WorkflowServer } from "./serve-servers.ts";

const SECONDS = Number(process.argv[2] ?? 8);
const ROUNDS = Number(process.argv[3] ?? 3);
const CONNECTIONS = 32;
const WALK = 40;
/** Some seconds of each: upstream takes many times as long for one. */
const JOBS = { SQLite: 1500, PostgreSQL: 800, upstream: 200 };
const REST_MS = 12_000;
const MEBIBYTE = 2 ** 20;

/** FastAPI, Redis and RQ on two quiet cores, one process of each kind, `wrk -t1 -c32`. */
const ELSEWHERE: Readonly<Record<string, number>> = {
  walk: 16.6,
  jobs: 85,
  status: 1550,
  chunk: 745,
  chunks: 745,
  manifest: 1050,
  range: 160,
  resident: 323,
};

interface Measure {
  readonly what: string;
  readonly unit: string;
  /** How many times upstream's figure, or the figure itself. */
  readonly goal: { readonly times?: Partial<Record<string, number>>; readonly most?: number };
  of(server: WorkflowServer): number | Promise<number>;
}

const files = new Map<WorkflowServer, string>();
const trivial = new Map<WorkflowServer, string>();
const measured = new Map<string, number[]>();

const MEASURES: Readonly<Record<string, Measure>> = {
  walk: {
    what: "submit to completed, one after the other, p50",
    unit: "ms",
    goal: { times: { SQLite: 0.5, PostgreSQL: 0.5 } },
    of: async ({ url }) => median(await latencies(url, WALK)),
  },
  jobs: {
    what: "jobs, many at once",
    unit: "/s",
    goal: { times: { SQLite: 10, PostgreSQL: 3 } },
    async of(server) {
      const [api, all, count] = [server.cpuMs(), server.allCpuMs(), JOBS[server.name]];
      const seconds = await together(server.url, count);
      note("jobsApi", server, (server.cpuMs() - api) / count);
      note("jobsAll", server, (server.allCpuMs() - all) / count);
      return count / seconds;
    },
  },
  status: requests("status of a job that has ended", 5, (server) => [path(server, "trivial", "status")]),
  statusToken: requests("status with a token", 5, (server) => [path(server, "trivial", "status")], "x"),
  chunk: requests("file of 1248 bytes, one", 10, (server) => [path(server, "files", "results/chunk-0")]),
  chunks: requests("files of 1248 bytes, 64 in turn", 10, chunks),
  chunksToken: requests("the same with a token", 10, chunks, "x"),
  manifest: requests("list of 65 results", undefined, (server) => [path(server, "files", "results")]),
  range: {
    what: "1 MiB at 1 GiB, p50",
    unit: "ms",
    goal: { most: 3 },
    async of(server) {
      const large = server.url + path(server, "files", "results/large.bin");
      const [own = [], least = []] = await farRanges([large, bare.url], 40);
      note("rangeBare", server, median(least));
      return median(own);
    },
  },
  resident: {
    what: "resident, the API's process",
    unit: "MiB",
    goal: { most: 150 },
    of: (server) => server.ownResidentBytes() / MEBIBYTE,
  },
  residentAtRest: {
    what: "resident, the API's process, after 12 s of rest",
    unit: "MiB",
    goal: { most: 150 },
    async of(server) {
      await sleep(REST_MS);
      return server.ownResidentBytes() / MEBIBYTE;
    },
  },
  residentAll: {
    what: "resident, with workers and Redis",
    unit: "MiB",
    goal: {},
    of: (server) => server.residentBytes() / MEBIBYTE,
  },
};

const servers = await startWorkflowServers();
const bare = await startBareServer();
try {
  for (const server of servers) {
    note("residentFirst", server, server.ownResidentBytes() / MEBIBYTE);
    files.set(server, await executed(server.url, "files"));
    trivial.set(server, await executed(server.url, "trivial"));
  }
  for (let round = 0; round < ROUNDS; round += 1)
    for (const [name, measure] of Object.entries(MEASURES))
      for (const server of servers) note(name, server, await measure.of(server));
  print();
} finally {
  closeConnections();
  await bare.stop();
  for (const server of servers) await server.close();
}

/** Requests per second; the processor time of one is noted besides. */
function requests(
  what: string,
  times: number | undefined,
  ...[paths, token]: [paths: (server: WorkflowServer) => readonly string[], token?: string]
): Measure {
  return {
    what,
    unit: "/s",
    goal: times === undefined ? {} : { times: { SQLite: times, PostgreSQL: times } },
    of(server) {
      const before = server.cpuMs();
      const headers = token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } };
      const options = { connections: CONNECTIONS, seconds: SECONDS, ...headers };
      const { requestsPerSecond, failures } = load(server.url, paths(server), options);
      if (failures > 0) throw new Error(`${server.name}, ${what}: ${failures} failed`);
      note(`cpu of ${what}`, server, ((server.cpuMs() - before) / (requestsPerSecond * SECONDS)) * 1000);
      return requestsPerSecond;
    },
  };
}

function path(server: WorkflowServer, workflow: "trivial" | "files", rest: string): string {
  return `/v1/infer/${workflow}/${(workflow === "files" ? files : trivial).get(server)}/${rest}`;
}

function chunks(server: WorkflowServer): readonly string[] {
  return Array.from({ length: 64 }, (_, index) => path(server, "files", `results/chunk-${index}`));
}

function note(what: string, { name }: WorkflowServer, value: number): void {
  const key = `${what} ${name}`;
  measured.set(key, [...(measured.get(key) ?? []), value]);
}

/** The median of all rounds. */
function told(what: string, name: string): number {
  const values = measured.get(`${what} ${name}`);
  if (values !== undefined) return median(values);
  return name === "upstream" && !hasUpstream() ? (ELSEWHERE[what] ?? Number.NaN) : Number.NaN;
}

function hasUpstream(): boolean {
  return servers.some(({ name }) => name === "upstream");
}

function print(): void {
  if (!hasUpstream()) console.log("upstream: figures of another machine, its server is not installed here");
  console.table(
    Object.entries(MEASURES).flatMap(([name, { what, unit, goal }]) => [
      row({ what: `${what}, ${unit}`, key: name, goal }),
      ...(unit === "/s" && name !== "jobs" ? [row({ what: "· µs of CPU each", key: `cpu of ${what}` })] : []),
    ]),
  );
  console.table([
    row({ what: "1 MiB at 1 GiB by a bare Node server, in turn with each, p50, ms", key: "rangeBare" }),
    row({ what: "CPU of a job, API, ms", key: "jobsApi" }),
    row({ what: "CPU of a job, workers and Redis too, ms (without PostgreSQL)", key: "jobsAll" }),
    row({ what: "resident, the API's process, at the start, MiB", key: "residentFirst" }),
  ]);
}

interface Row {
  readonly what: string;
  /** In `measured`. */
  readonly key: string;
  readonly goal?: Measure["goal"];
}

function row({ what, key, goal = {} }: Row): Readonly<Record<string, string>> {
  const upstream = told(key, "upstream");
  const cells = ["SQLite", "PostgreSQL"].map((name): [string, string] => {
    const own = told(key, name);
    const limit = goal.times?.[name];
    const isMet =
      goal.most !== undefined
        ? own <= goal.most
        : limit === undefined
          ? undefined
          : limit < 1
            ? own <= limit * upstream
            : own >= limit * upstream;
    const verdict = isMet === undefined || Number.isNaN(own + upstream) ? "" : isMet ? " met" : " NOT MET";
    return [name, `${digits(own)} (${digits(own / upstream)}×)${verdict}`];
  });
  const wanted =
    goal.most !== undefined
      ? `≤ ${goal.most}`
      : Object.values(goal.times ?? {})
          .map((times) => `${times}×`)
          .join(", ");
  return { what, ...Object.fromEntries(cells), upstream: digits(upstream), goal: wanted };
}

function digits(value: number): string {
  return Number.isNaN(value) ? "–" : value < 20 ? value.toFixed(2) : value.toFixed(0);
}

function median(values: readonly number[]): number {
  return [...values].sort((one, other) => one - other)[values.length >> 1] ?? Number.NaN;
}
