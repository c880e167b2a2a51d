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
  /** At most. */
  readonly seconds: number;
  /** Each path is asked for once. */
  readonly isOnce?: boolean;
  /** Sent with each request. */
  readonly headers?: Readonly<Record<string, string>>;
}

const OWN_LOADER = fileURLToPath(new URL("./own-loader.ts", import.meta.url));
const hasWrk = isInstalled("wrk", "--version");
/** The same for every server of one run. */
export const loadTool = hasWrk ? "wrk" : "bench/own-loader.ts";

/** Asks for the paths in turn, over and over, on several connections that are kept. */
export function load(origin: string, paths: readonly string[], options: LoadOptions): Load {
  return hasWrk ? loadWithWrk(origin, paths, options) : loadWithOwn(origin, paths, options);
}

/** Requests per second over all paths, each asked for once. */
export function visitOnce(origin: string, paths: readonly string[], connections: number): number {
  if (!hasWrk)
    return loadWithOwn(origin, paths, { connections, seconds: 60, isOnce: true }).requestsPerSecond;
  // wrk itself ends after a time: the script takes the clock, and leaves when all must be answered; its first call sends nothing
  const script = `local ffi = require("ffi")
ffi.cdef[[typedef struct { long s; long u; } timeval; int gettimeofday(timeval*, void*);]]
local function now() local t = ffi.new("timeval") ffi.C.gettimeofday(t, nil) return tonumber(t.s) + tonumber(t.u) / 1e6 end
local started, i = nil, 0
request = function()
  i = i + 1
  if i == 2 then started = now() end
  if i > #paths + ${connections} then io.write("visited at ", (i - 2 - ${connections}) / (now() - started), "\\n") io.flush() os.exit(0) end
  return wrk.format("GET", paths[(i - 1) % #paths + 1])
end
`;
  const text = runWrk(origin, paths, script, { connections, seconds: 60 });
  return Number(/visited at ([\d.]+)/.exec(text)?.[1] ?? Number.NaN);
}

function loadWithWrk(origin: string, paths: readonly string[], options: LoadOptions): Load {
  const script = `local i = 0\nrequest = function() i = i + 1; return wrk.format("GET", paths[i % #paths + 1]) end\n`;
  return parseWrk(runWrk(origin, paths, script, options));
}

/** What wrk prints. @param script finds the `paths` */
function runWrk(
  origin: string,
  paths: readonly string[],
  text: string,
  { connections, seconds, headers = {} }: LoadOptions,
): string {
  const folder = mkdtempSync(join(tmpdir(), "bench-"));
  const script = join(folder, "paths.lua");
  const list = paths.map((path) => JSON.stringify(path)).join(", ");
  writeFileSync(script, `local paths = { ${list} }\n${text}`);
  const sent = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const args = ["-t1", `-c${connections}`, `-d${seconds}s`, "--latency", ...sent, "-s", script, origin];
  const { stdout } = spawnSync("wrk", args, { encoding: "utf8" });
  rmSync(folder, { recursive: true });
  return stdout;
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
