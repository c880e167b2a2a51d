import { spawn } from "node:child_process";
import { Agent } from "node:http";
import { fileURLToPath } from "node:url";
import { PASS_THROUGH, RE_ENCODED } from "./cases.ts";
import { httpGetOk } from "./http-get.ts";
import { startGateway } from "./servers.ts";

const OWN_LOADER = fileURLToPath(new URL("./own-loader.ts", import.meta.url));
const PROBES = 600;
const PAUSE_MS = 8; // a reader that asks now and then, not a second load
const WORKING_CLIENTS = 8;

export interface LatencyUnderWork {
  readonly idle: Latency;
  readonly busy: Latency;
}
export interface Latency {
  readonly p50Ms: number;
  readonly p99Ms: number;
}

/** Small stored chunks, asked for one by one: first alone, then beside clients that make the gateway encode all the time. */
export async function measureLatencyUnderWork(): Promise<LatencyUnderWork> {
  const server = await startGateway("0MiB");
  try {
    await probe(server.url);
    const idle = await probe(server.url);
    const task = {
      origin: server.url,
      paths: RE_ENCODED["re-encoded chunk of 8.3 MB"],
      connections: WORKING_CLIENTS,
      seconds: 60,
    };
    const work = spawn(process.execPath, [OWN_LOADER, JSON.stringify(task)], { stdio: "ignore" });
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const busy = await probe(server.url);
    work.kill();
    return { idle, busy };
  } finally {
    await server.stop();
  }
}

async function probe(origin: string): Promise<Latency> {
  const paths = PASS_THROUGH["chunk of about 42 KB, 4096 in turn"];
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const latencies: number[] = [];
  for (let number = 0; number < PROBES; number++) {
    const start = performance.now();
    await httpGetOk(`${origin}${paths[number % paths.length]}`, agent);
    latencies.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
  }
  agent.destroy();
  latencies.sort((a, b) => a - b);
  const at = (share: number) => latencies[Math.floor(PROBES * share)] ?? 0;
  return { p50Ms: at(0.5), p99Ms: at(0.99) };
}
