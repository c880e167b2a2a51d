import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { freePort, type Running, startServer } from "./process.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PEERS = join(ROOT, "bench", "peers");
const PYTHON = join(ROOT, ".venv-bench", "bin", "python");
const REQUIREMENTS = join(ROOT, "bench", "requirements.txt");
/** Written anew when what makes it has changed. */
export const DATA = join(ROOT, ".cache", "bench");
const PROGRAM = join(ROOT, "packages", "gateway", "bin", "zarr-gateway.js");

export const STORE = join(DATA, "store.zarr");
export const COLD_FOLDER = join(DATA, "cold");
/** One variable of a hundred thousand chunks. */
export const MANY_CHUNKS_FILE = join(DATA, "many-chunks.nc");
/** Repositories of a million references, and the files that they refer to. */
export const ICECHUNK_FOLDER = join(DATA, "icechunk");
/** Ten thousand files of one day each, NetCDF-3 and NetCDF-4. */
export const AGGREGATE_FOLDER = join(DATA, "aggregate");
export const TINY_FILE = join(DATA, "tiny.nc");

/** Installs the peer and writes the data, each when what it is made of has changed. */
export function prepare(): void {
  mkdirSync(DATA, { recursive: true });
  once("requirements", REQUIREMENTS, () => {
    run("python3.11", ["-m", "venv", join(ROOT, ".venv-bench")]);
    run(PYTHON, ["-m", "pip", "install", "--quiet", "--requirement", REQUIREMENTS]);
  });
  const script = join(PEERS, "make_data.py");
  once("data", script, () => {
    for (const path of [STORE, COLD_FOLDER, MANY_CHUNKS_FILE, TINY_FILE])
      rmSync(path, { recursive: true, force: true });
    run(PYTHON, [script, DATA]);
  });
}

function once(name: string, file: string, work: () => void): void {
  const wanted = readFileSync(file, "utf8");
  const stamp = join(DATA, `${name}.stamp`);
  if (existsSync(PYTHON) && existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  work();
  writeFileSync(stamp, wanted);
}

function run(program: string, args: readonly string[]): void {
  const { status, error } = spawnSync(program, args, { stdio: "inherit" });
  if (status !== 0) throw new Error(`${program} ${args.join(" ")} failed: ${error?.message ?? status}`);
}

/** Output of a script beside this file, parsed. */
export function runPeer(script: string, ...args: string[]): unknown {
  const { stdout, stderr, status } = spawnSync(PYTHON, [join(PEERS, script), ...args], { encoding: "utf8" });
  if (status !== 0) throw new Error(`${script} failed: ${stderr}`);
  return JSON.parse(stdout);
}

/** The store as static files under the gateway's own paths: one worker, sendfile. */
export async function startNginx(): Promise<Running> {
  const port = await freePort();
  const folder = join(DATA, "nginx");
  mkdirSync(folder, { recursive: true });
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  const configuration = [
    process.getuid?.() === 0 ? "user root;" : "",
    `worker_processes 1; daemon off; pid ${folder}/nginx.pid; error_log ${folder}/error.log;`,
    "events { worker_connections 1024; }",
    `http { access_log off; sendfile on; tcp_nopush on; keepalive_requests 1000000000; ${temporary.join(" ")}`,
    `  default_type application/octet-stream; server { listen 127.0.0.1:${port};`,
    `    location /datasets/era/zarr/ { alias ${STORE}/; } } }`,
  ].join("\n");
  const path = join(folder, "nginx.conf");
  writeFileSync(path, configuration);
  return startServer(
    "nginx",
    ["-c", path, "-p", folder],
    `http://127.0.0.1:${port}/datasets/era/zarr/zarr.json`,
  );
}

export async function startXpublish(): Promise<Running> {
  const port = await freePort();
  const args = [join(PEERS, "serve_xpublish.py"), STORE, String(port)];
  return startServer(PYTHON, args, `http://127.0.0.1:${port}/datasets`);
}

/** The same two datasets as Xpublish's: stored chunks, and chunks of two steps. */
export async function startGateway(cacheMemory: string): Promise<Running> {
  return startConfigured(`gateway-${cacheMemory}.yaml`, {
    server: { logLevel: "warn" },
    cache: { memory: cacheMemory },
    datasets: {
      era: { location: STORE },
      rechunked: { location: STORE, chunks: { time: 2, sample: 2 } },
      "many-chunks": { location: MANY_CHUNKS_FILE },
    },
    folders: [{ path: COLD_FOLDER }],
  });
}

/** As many datasets as asked for, all of one small file. */
export async function startWithDatasets(count: number): Promise<Running> {
  const names = Array.from({ length: count }, (_, number) => `d${number}`);
  return startConfigured("many.yaml", {
    server: { logLevel: "warn" },
    datasets: Object.fromEntries(names.map((name) => [name, { location: TINY_FILE }])),
  });
}

/** The gateway with a configuration, written under this name. */
export async function startConfigured(name: string, configuration: object): Promise<Running> {
  const port = await freePort();
  const path = join(DATA, name);
  writeFileSync(path, JSON.stringify(configuration)); // YAML includes JSON
  const args = [PROGRAM, "serve", "-c", path, "--port", String(port)];
  return startServer(process.execPath, args, `http://127.0.0.1:${port}/liveness`);
}
