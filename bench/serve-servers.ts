import { existsSync, mkdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { postgresPrograms, startPostgres } from "@zarr-gateway/testkit";
import { freePort, isInstalled, type Running, startServer } from "./process.ts";
import { DATA } from "./servers.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PROGRAM = join(ROOT, "packages/gateway/bin/zarr-gateway.js");
/** As of bench/workflows/files.ts. */
const LARGE_BYTES = 2 ** 30 + 4 * 2 ** 20;
/** bench/peers/earth2studio/requirements.txt says how it is made; another folder by EARTH2STUDIO_PYTHON. */
const PYTHON = process.env["EARTH2STUDIO_PYTHON"] ?? join(ROOT, ".venv-bench-earth2studio", "bin", "python");

export type ServerName = "SQLite" | "PostgreSQL" | "upstream";

/** A server with the workflows `trivial` and `files`. */
export interface WorkflowServer extends Running {
  readonly name: ServerName;
  close(): Promise<void>;
}

/** The gateway on both of its stores, and upstream's server, each where it can be started here. */
export async function startWorkflowServers(): Promise<readonly WorkflowServer[]> {
  rmSync(join(DATA, "earth2studio"), { recursive: true, force: true });
  const servers = [await onSqlite()];
  if (postgresPrograms() !== undefined) servers.push(await onPostgres());
  if (hasUpstream()) servers.push(await upstream());
  return servers;
}

/** What Node needs at the least to send a range of such a large file as the workflow `files` makes. */
export async function startBareServer(): Promise<Running> {
  const path = join(newFolder("bare"), "large.bin");
  writeFileSync(path, "");
  truncateSync(path, LARGE_BYTES);
  const port = await freePort();
  const words = [join(ROOT, "bench/bare-file-server.ts"), path, String(port)];
  return startServer(process.execPath, words, `http://127.0.0.1:${port}/`);
}

/** Whether upstream's server and what it needs are installed. */
export function hasUpstream(): boolean {
  return existsSync(PYTHON) && isInstalled("redis-server", "--version");
}

export async function onSqlite(): Promise<WorkflowServer> {
  const folder = newFolder("sqlite");
  const running = await gateway(folder, `sqlite:${folder}/jobs.db`);
  return { ...running, name: "SQLite", close: () => running.stop() };
}

async function onPostgres(): Promise<WorkflowServer> {
  const database = await startPostgres({ isDurable: true });
  const running = await gateway(newFolder("postgresql"), await database.database());
  return {
    ...running,
    name: "PostgreSQL",
    async close() {
      await running.stop();
      await database.close();
    },
  };
}

async function upstream(): Promise<WorkflowServer> {
  const [port, redis] = [await freePort(), await freePort()];
  const script = join(ROOT, "bench/peers/serve_earth2studio.py");
  const words = [script, newFolder("upstream"), String(port), String(redis)];
  const running = await startServer(PYTHON, words, `http://127.0.0.1:${port}/liveness`);
  return { ...running, name: "upstream", close: () => running.stop() };
}

async function gateway(folder: string, database: string): Promise<Running> {
  const file = join(folder, "gateway.yaml");
  const configuration = {
    server: { logLevel: "silent" },
    jobs: { database, workers: 2, queue: { maxSize: 5000 }, results: { path: join(folder, "results") } },
    workflows: { directories: [join(ROOT, "bench/workflows")] },
  };
  writeFileSync(file, JSON.stringify(configuration));
  const port = await freePort();
  const words = [PROGRAM, "serve", "-c", file, "--port", String(port)];
  return startServer(process.execPath, words, `http://127.0.0.1:${port}/liveness`);
}

function newFolder(name: string): string {
  const folder = join(DATA, "earth2studio", name);
  mkdirSync(folder, { recursive: true });
  return folder;
}
