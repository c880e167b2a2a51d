import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { httpGet } from "./http-get.ts";

const START_TIMEOUT_MS = 90_000;

/** A server that was started for a measurement. */
export interface Running {
  readonly url: string;
  /** From start to the first answer. */
  readonly startMs: number;
  /** Of the process and its descendants. */
  residentBytes(): number;
  /** Of the process alone. */
  ownResidentBytes(): number;
  /** Processor time so far, of all its threads. */
  cpuMs(): number;
  /** The same of the process and the descendants that it has now. */
  allCpuMs(): number;
  stop(): Promise<void>;
}

/** Whether a program can be started at all. */
export function isInstalled(program: string, ...args: string[]): boolean {
  return spawnSync(program, args, { stdio: "ignore" }).error === undefined;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}

/** Starts a program and waits until the URL answers. */
export async function startServer(program: string, args: readonly string[], url: string): Promise<Running> {
  const started = performance.now();
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
  let errors = "";
  child.stderr?.on("data", (chunk: Buffer) => {
    errors = (errors + chunk.toString()).slice(-4000);
  });
  while (!(await answers(url))) {
    if (child.exitCode !== null || performance.now() - started > START_TIMEOUT_MS) {
      child.kill("SIGKILL");
      throw new Error(`${program} does not answer on ${url}:\n${errors}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return {
    url: new URL(url).origin,
    startMs: performance.now() - started,
    residentBytes: () => sumOf(child.pid ?? 0, ownResidentBytes),
    ownResidentBytes: () => ownResidentBytes(child.pid ?? 0),
    cpuMs: () => cpuMs(child.pid ?? 0),
    allCpuMs: () => sumOf(child.pid ?? 0, cpuMs),
    stop: () => stop(child),
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    await httpGet(url);
    return true;
  } catch {
    return false; // not listening yet
  }
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 10_000);
  await ended;
  clearTimeout(timer);
}

/** Of the process and its descendants; 0 where /proc is not there. */
function sumOf(pid: number, what: (pid: number) => number): number {
  try {
    const children = readdirSync(`/proc/${pid}/task`).flatMap((task) =>
      readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
    );
    return children.reduce((sum, child) => sum + sumOf(child, what), what(pid));
  } catch {
    return 0; // the process has ended, or this is no Linux
  }
}

/** 0 where /proc is not there. @throws Error of the file system when the process has ended */
function ownResidentBytes(pid: number): number {
  if (!existsSync(`/proc/${pid}`)) return 0;
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}

/** The kernel counts in hundredths of a second (proc_pid_stat(5)). */
const MS_A_TICK = 10;

/** 0 where /proc is not there. */
function cpuMs(pid: number): number {
  const path = `/proc/${pid}/stat`;
  if (!existsSync(path)) return 0;
  // after the program's name, which may hold anything
  const fields = readFileSync(path, "utf8")
    .replace(/^.*\) /s, "")
    .split(" ");
  const [user, system] = [fields[11], fields[12]].map(Number);
  return ((user ?? 0) + (system ?? 0)) * MS_A_TICK;
}
