import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { isInstalled } from "./process.ts";

/** What a server did under load. */
export interface Load {
  readonly requestsPerSecond: number;
  readonly bytesPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers other than 2xx, and broken connections. */
  readonly failures: number;
}

export interface LoadOptions {
  readonly connections: number;
  readonly seconds: number;
}

const OWN_LOADER = fileURLToPath(new URL("./own-loader.ts", import.meta.url));
const hasWrk = isInstalled("wrk", "--version");
/** The same for every server of one run. */
export const loadTool = hasWrk ? "wrk" : "bench/own-loader.ts";

/** Asks for the paths in turn, over and over, on several connections that are kept. */
export function load(origin: string, paths: readonly string[], options: LoadOptions): Load {
  return hasWrk ? loadWithWrk(origin, paths, options) : loadWithOwn(origin, paths, options);
}

function loadWithWrk(origin: string, paths: readonly string[], { connections, seconds }: LoadOptions): Load {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const script = join(folder, "paths.lua");
  const list = paths.map((path) => JSON.stringify(path)).join(", ");
  writeFileSync(
    script,
    `local paths = { ${list} }\nlocal i = 0\nrequest = function() i = i + 1; return wrk.format("GET", paths[i % #paths + 1]) end\n`,
  );
  const args = ["-t1", `-c${connections}`, `-d${seconds}s`, "--latency", "-s", script, origin];
  const { stdout } = spawnSync("wrk", args, { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  return parseWrk(stdout);
}

const BYTES = { B: 1, KB: 1024, MB: 1024 ** 2, GB: 1024 ** 3 };
const MILLISECONDS = { us: 0.001, ms: 1, s: 1000, m: 60_000 };

function parseWrk(text: string): Load {
  const bad = Number(/Non-2xx or 3xx responses: (\d+)/.exec(text)?.[1] ?? 0);
  const sockets = /connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(text)?.slice(1) ?? [];
  return {
    requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1] ?? 0),
    bytesPerSecond: quantity(/Transfer\/sec:\s+([\d.]+)([KMG]?B)/.exec(text), BYTES),
    p50Ms: quantity(/50%\s+([\d.]+)(us|ms|s|m)/.exec(text), MILLISECONDS),
    p99Ms: quantity(/99%\s+([\d.]+)(us|ms|s|m)/.exec(text), MILLISECONDS),
    failures: sockets.reduce((sum, count) => sum + Number(count), bad),
  };
}

function quantity(match: RegExpExecArray | null, units: Readonly<Record<string, number>>): number {
  return Number(match?.[1] ?? 0) * (units[match?.[2] ?? ""] ?? 0);
}

function loadWithOwn(origin: string, paths: readonly string[], options: LoadOptions): Load {
  const task = JSON.stringify({ origin, paths, ...options });
  const { stdout, stderr } = spawnSync(process.execPath, [OWN_LOADER, task], { encoding: "utf8" });
  if (stdout === "") throw new Error(`the loader failed: ${stderr}`);
  return JSON.parse(stdout) as Load; // own-loader.ts prints one Load
}
