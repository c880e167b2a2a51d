import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, chownSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** A PostgreSQL server that a test starts for itself, from the packages of Debian or another installation in /usr/lib. */
export interface PostgresServer {
  /** Of a new and empty database. */
  database(): Promise<string>;
  /** Stops it as an administrator in a hurry would, or as a crash does, and starts it again on the same data. */
  restart(how?: "fast" | "immediate"): Promise<void>;
  stop(how?: "fast" | "immediate"): Promise<void>;
  start(): Promise<void>;
  /** Stops it and removes its data. */
  close(): Promise<void>;
}

/** Folder of the newest PostgreSQL's programs here; undefined where there is none, or it could not be run by this user. */
export function postgresPrograms(): string | undefined {
  const folders = globSync("/usr/lib/postgresql/*/bin/postgres").map((path) =>
    path.slice(0, -"/postgres".length),
  );
  const newest = folders.sort((one, other) => versionOf(other) - versionOf(one))[0];
  return newest !== undefined && (process.getuid?.() !== 0 || serverUser() !== undefined)
    ? newest
    : undefined;
}

function versionOf(folder: string): number {
  return Number(folder.split("/").at(-2));
}

interface User {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root: its own user then, or nobody. */
function serverUser(): User | undefined {
  const lines = readFileSync("/etc/passwd", "utf8").split("\n");
  for (const name of ["postgres", "nobody"]) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(":") ?? [];
    if (uid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  return undefined;
}

/**
 * Starts a server on a free port of this machine, without syncing to the disk unless told.
 * @throws Error where there is no PostgreSQL: ask `postgresPrograms` before
 */
export async function startPostgres({ isDurable = false } = {}): Promise<PostgresServer> {
  const programs = postgresPrograms();
  if (programs === undefined) throw new Error("there is no PostgreSQL here that this user could run");
  const server = new TemporaryServer(programs, isDurable, await freePort());
  await server.start();
  return server;
}

class TemporaryServer implements PostgresServer {
  readonly #programs: string;
  readonly #folder: string;
  readonly #user: User | undefined;
  readonly #options: readonly string[];
  readonly #port: number;
  #process: ReturnType<typeof spawn> | undefined;
  #databases = 0;

  constructor(programs: string, isDurable: boolean, port: number) {
    this.#programs = programs;
    this.#port = port;
    this.#user = process.getuid?.() === 0 ? serverUser() : undefined;
    this.#folder = mkdtempSync(join(tmpdir(), "zarr-gateway-postgres-"));
    chmodSync(this.#folder, 0o700);
    if (this.#user !== undefined) chownSync(this.#folder, this.#user.uid, this.#user.gid);
    const settings = {
      listen_addresses: "127.0.0.1",
      port,
      unix_socket_directories: "",
      max_connections: 50,
      shared_buffers: "32MB",
    };
    const quick = isDurable ? {} : { fsync: "off", full_page_writes: "off" };
    this.#options = Object.entries({ ...settings, ...quick }).flatMap(([name, value]) => [
      "-c",
      `${name}=${value}`,
    ]);
    execFileSync(
      join(programs, "initdb"),
      ["-D", this.#data, "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
      {
        ...this.#user,
        cwd: this.#folder,
        stdio: "pipe",
      },
    );
  }

  async database(): Promise<string> {
    this.#databases += 1;
    const name = `test_${this.#databases}`;
    this.#psql(`CREATE DATABASE ${name}`);
    return `postgresql://postgres@127.0.0.1:${this.#port}/${name}`;
  }

  async start(): Promise<void> {
    this.#process = spawn(join(this.#programs, "postgres"), ["-D", this.#data, ...this.#options], {
      ...this.#user,
      cwd: this.#folder,
      stdio: "ignore",
    });
    for (let tries = 0; ; tries++)
      try {
        this.#psql("SELECT 1");
        return;
      } catch (error) {
        if (tries >= 300) throw error;
        await sleep(50);
      }
  }

  async stop(how: "fast" | "immediate" = "fast"): Promise<void> {
    const running = this.#process;
    this.#process = undefined;
    if (running === undefined || running.exitCode !== null) return;
    const ended = once(running, "exit");
    // https://www.postgresql.org/docs/current/server-shutdown.html
    running.kill(how === "fast" ? "SIGINT" : "SIGQUIT");
    await ended;
  }

  async restart(how?: "fast" | "immediate"): Promise<void> {
    await this.stop(how);
    await this.start();
  }

  async close(): Promise<void> {
    await this.stop("immediate");
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #data(): string {
    return join(this.#folder, "data");
  }

  #psql(command: string): void {
    const where = ["-h", "127.0.0.1", "-p", String(this.#port), "-U", "postgres", "-d", "postgres"];
    execFileSync(join(this.#programs, "psql"), [...where, "-X", "-q", "-c", command], { stdio: "pipe" });
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port is free");
  return address.port;
}
