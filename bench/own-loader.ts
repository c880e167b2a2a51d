// A process of its own, so that it shares no event loop with what it measures: prints one Load as JSON.
import { Agent } from "node:http";
import { httpGet } from "./http-get.ts";
import type { Load, LoadOptions } from "./load.ts";

interface Task extends LoadOptions {
  readonly origin: string;
  readonly paths: readonly string[];
}

const task = JSON.parse(process.argv[2] ?? "") as Task; // written by load.ts
console.log(JSON.stringify(await run(task)));

async function run({
  origin,
  paths,
  connections,
  seconds,
  isOnce = false,
  headers = {},
}: Task): Promise<Load> {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const latencies: number[] = [];
  let bytes = 0;
  let failures = 0;
  let next = 0;
  const started = performance.now();
  const isOver = () => performance.now() - started > seconds * 1000 || (isOnce && next >= paths.length);
  const client = async () => {
    while (!isOver()) {
      const asked = performance.now();
      const answer = await httpGet(`${origin}${paths[next++ % paths.length]}`, agent, headers).catch(
        () => undefined,
      );
      if (answer?.status === 200) bytes += answer.bytes;
      else failures++;
      latencies.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: connections }, client));
  agent.destroy();
  latencies.sort((a, b) => a - b);
  const elapsed = (performance.now() - started) / 1000;
  const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
  return {
    requestsPerSecond: latencies.length / elapsed,
    bytesPerSecond: bytes / elapsed,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    failures,
  };
}
