// node bench/earth2studio.ts [SECONDS]: the API of Earth2Studio's serve beside what upstream's own server did (its figures were taken on
// another machine of two cores, see bench/README.md). Processor time a request is told too: it does not depend on who else works.
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { Agent, request } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { load } from "./load.ts";
import { freePort, type Running, startServer } from "./process.ts";
import { DATA } from "./servers.ts";

const SECONDS = Number(process.argv[2] ?? 8);
const CONNECTIONS = 32;
const JOBS_IN_TURN = 100;
const JOBS_AT_ONCE = 1000;
const SUBMITTERS = 16;
const RANGES = 50;
const MEBIBYTE = 2 ** 20;

/** FastAPI, Redis and RQ on two cores, one process of each kind, `wrk -t1 -c32`. */
const UPSTREAM = {
  status: 1550,
  chunk: 745,
  manifest: 1050,
  jobs: 85,
  p50Ms: 16.6,
  rangeMs: 160,
  residentMiB: 323,
};

const agent = new Agent({ keepAlive: true, maxSockets: SUBMITTERS });
const folder = join(DATA, "earth2studio");

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly bytes: number;
}

const server = await start();
try {
  const files = await finished(server, await submitted(server, "files"), "files");
  const trivial = await finished(server, await submitted(server, "trivial"), "trivial");
  const base = "/v1/infer";
  const atStart = server.residentBytes();
  const latency = await latencies(server);
  const jobs = await throughput(server);
  const afterJobs = server.residentBytes();
  const rows = [
    [
      "submit to completed, one after the other, p50",
      `${latency.p50.toFixed(1)} ms`,
      `${UPSTREAM.p50Ms} ms`,
      "≤ 8.3 ms",
    ],
    ["the same, p90", `${latency.p90.toFixed(1)} ms`, "18.7 ms", ""],
    ["processor of the API a job", `${jobs.apiMs.toFixed(2)} ms`, "", ""],
    ["jobs, all at once", `${jobs.perSecond.toFixed(0)}/s`, `${UPSTREAM.jobs}/s`, "≥ 850/s"],
    requests("status of a job that has ended", [`${base}/trivial/${trivial}/status`], UPSTREAM.status, 7750),
    requests("the same with a token", [`${base}/trivial/${trivial}/status`], UPSTREAM.status, 7750, "x"),
    requests("file of 1248 bytes, one", [`${base}/files/${files}/results/chunk-0`], UPSTREAM.chunk, 7450),
    requests("files of 1248 bytes, 64 in turn", chunks(base, files), UPSTREAM.chunk, 7450),
    requests("the same with a token", chunks(base, files), UPSTREAM.chunk, 7450, "x"),
    requests("list of results", [`${base}/files/${files}/results`], UPSTREAM.manifest, 0),
    [
      "1 MiB at 1 GiB, median",
      `${(await rangeMs(server, files)).toFixed(2)} ms`,
      `${UPSTREAM.rangeMs} ms`,
      "≤ 3 ms",
    ],
    [
      "resident, API and workflow processes, at first",
      mebibytes(atStart),
      `${UPSTREAM.residentMiB} MiB each`,
      "",
    ],
    ["the same after 1100 jobs", mebibytes(afterJobs), "", ""],
    ["the same after all requests", mebibytes(server.residentBytes()), "", ""],
  ];
  for (const [what = "", measured = "", upstream = "", goal = ""] of rows)
    process.stdout.write(
      `${what.padEnd(48)}${measured.padStart(34)}${upstream.padStart(12)}${goal.padStart(12)}\n`,
    );
} finally {
  agent.destroy();
  await server.stop();
}

async function start(): Promise<Running> {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const root = fileURLToPath(new URL("..", import.meta.url));
  const file = join(folder, "gateway.yaml");
  const configuration = {
    server: { logLevel: "silent" },
    jobs: {
      database: `sqlite:${folder}/jobs.db`,
      workers: 2,
      queue: { maxSize: 5000 },
      results: { path: join(folder, "results") },
    },
    workflows: { directories: [join(root, "bench/workflows")] },
  };
  writeFileSync(file, JSON.stringify(configuration));
  const port = await freePort();
  const program = join(root, "packages/gateway/bin/zarr-gateway.js");
  const url = `http://127.0.0.1:${port}/liveness`;
  return startServer(process.execPath, [program, "serve", "-c", file, "--port", String(port)], url);
}

function mebibytes(bytes: number): string {
  return `${(bytes / MEBIBYTE).toFixed(0)} MiB`;
}

function chunks(base: string, id: string): readonly string[] {
  return Array.from({ length: 64 }, (_, index) => `${base}/files/${id}/results/${id}/chunk-${index}`);
}

/** Requests per second, and the server's processor time for one. */
function requests(
  what: string,
  paths: readonly string[],
  upstream: number,
  goal: number,
  token?: string,
): readonly string[] {
  const before = server.cpuMs();
  const headers = token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } };
  const done = load(server.url, paths, { connections: CONNECTIONS, seconds: SECONDS, ...headers });
  const each = ((server.cpuMs() - before) / (done.requestsPerSecond * SECONDS)) * 1000;
  const failures = done.failures > 0 ? `, ${done.failures} failed` : "";
  const measured = `${done.requestsPerSecond.toFixed(0)}/s, ${each.toFixed(0)} µs of CPU each${failures}`;
  return [what, measured, `${upstream}/s`, goal === 0 ? "" : `≥ ${goal}/s`];
}

async function latencies(running: Running): Promise<{ p50: number; p90: number }> {
  const times: number[] = [];
  for (let count = 0; count < JOBS_IN_TURN; count += 1) {
    const started = performance.now();
    await finished(running, await submitted(running, "trivial"), "trivial");
    times.push(performance.now() - started);
  }
  times.sort((one, other) => one - other);
  return {
    p50: times[times.length >> 1] ?? Number.NaN,
    p90: times[Math.floor(times.length * 0.9)] ?? Number.NaN,
  };
}

/** Many at once: from the first submission to the last end. */
async function throughput(running: Running): Promise<{ perSecond: number; apiMs: number }> {
  const api = running.cpuMs();
  const started = performance.now();
  const ids: string[] = [];
  const submit = async (): Promise<void> => {
    while (ids.length < JOBS_AT_ONCE) {
      const place = ids.push("") - 1;
      ids[place] = await submitted(running, "trivial");
    }
  };
  await Promise.all(Array.from({ length: SUBMITTERS }, submit));
  for (const id of ids) await finished(running, id, "trivial", 20);
  const seconds = (performance.now() - started) / 1000;
  return { perSecond: JOBS_AT_ONCE / seconds, apiMs: (running.cpuMs() - api) / JOBS_AT_ONCE };
}

async function submitted(running: Running, workflow: string): Promise<string> {
  const answer = await ask(running, `/v1/infer/${workflow}`, { method: "POST", body: "{}" });
  const id = /"execution_id":"([^"]+)"/.exec(answer.text)?.[1];
  if (id === undefined) throw new Error(answer.text);
  return id;
}

async function finished(running: Running, id: string, workflow: string, pauseMs = 1): Promise<string> {
  for (;;) {
    const { text } = await ask(running, `/v1/infer/${workflow}/${id}/status`);
    if (text.includes('"status":"completed"')) return id;
    if (text.includes('"status":"failed"')) throw new Error(text);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

async function rangeMs(running: Running, id: string): Promise<number> {
  const times: number[] = [];
  for (let count = 0; count < RANGES; count += 1) {
    const started = performance.now();
    const range = `bytes=${2 ** 30}-${2 ** 30 + MEBIBYTE - 1}`;
    const { status, bytes } = await ask(running, `/v1/infer/files/${id}/results/large.bin`, { range });
    if (status !== 206 || bytes !== MEBIBYTE) throw new Error(`${status}, ${bytes} bytes`);
    times.push(performance.now() - started);
  }
  return times.sort((one, other) => one - other)[RANGES >> 1] ?? Number.NaN;
}

function ask(
  { url }: Running,
  path: string,
  { method = "GET", body, range }: { method?: string; body?: string; range?: string } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = { "Content-Type": "application/json", ...(range !== undefined && { Range: range }) };
    const sent = request(`${url}${path}`, { method, agent, headers }, (response) => {
      const pieces: Buffer[] = [];
      response.on("data", (piece: Buffer) => pieces.push(piece));
      response.on("error", reject);
      response.on("end", () => {
        const whole = Buffer.concat(pieces);
        const text = range === undefined ? whole.toString() : "";
        resolve({ status: response.statusCode ?? 0, text, bytes: whole.length });
      });
    });
    sent.on("error", reject);
    sent.end(body);
  });
}
