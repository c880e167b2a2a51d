// node bench/pictures.ts [PYTHON]: pictures by the gateway beside matplotlib and cartopy in the same run; PYTHON has both.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { Agent } from "node:http";
import { join } from "node:path";
import { httpGetOk } from "./http-get.ts";
import type { Running } from "./process.ts";
import { DATA, startConfigured } from "./servers.ts";

const PYTHON = process.argv[2] ?? "python3";
const PEER = join(import.meta.dirname, "peers", "draw_pictures.py");
const FOLDER = join(DATA, "pictures");
const PLOT = "/datasets/era/plot/t2m";
const PROBES = 400;

interface Cost {
  readonly wallMs: number;
  /** Of all threads, a picture. */
  readonly cpuMs: number;
}

function peer(task: "make" | "draw"): string {
  const { stdout, stderr, status } = spawnSync(PYTHON, [PEER, task, FOLDER], { encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

/** Every picture another one; threads, fonts and coasts are loaded before. */
async function cost(server: Running, paths: readonly string[]): Promise<Cost> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const cpu = server.cpuMs();
  const walls: number[] = [];
  for (const path of paths) {
    const start = performance.now();
    await httpGetOk(`${server.url}${path}`, agent);
    walls.push(performance.now() - start);
  }
  agent.destroy();
  return { wallMs: at(walls, 0.5), cpuMs: (server.cpuMs() - cpu) / paths.length };
}

function at(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
}

/** A small stored chunk, asked for now and then. */
async function probe(server: Running): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const walls: number[] = [];
  for (let probed = 0; probed < PROBES; probed += 1) {
    const start = performance.now();
    await httpGetOk(`${server.url}/datasets/era/zarr/lat/c/0`, agent);
    walls.push(performance.now() - start);
    await new Promise((resolve) => setTimeout(resolve, 8));
  }
  agent.destroy();
  return at(walls, 0.99);
}

/** Eight clients that each want the next picture as soon as they have one. */
async function underPictures(server: Running): Promise<number> {
  let isOver = false;
  let next = 0;
  const clients = Array.from({ length: 8 }, async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    while (!isOver) {
      next += 1;
      await httpGetOk(
        `${server.url}${PLOT}.png?isel=time:${next % 24}&vmax=${300 + (next % 997) / 10}`,
        agent,
      );
    }
    agent.destroy();
  });
  await new Promise((resolve) => setTimeout(resolve, 1000));
  const p99 = await probe(server);
  isOver = true;
  await Promise.all(clients);
  return p99;
}

if (!existsSync(join(FOLDER, "pictures.zarr"))) peer("make");
const server = await startConfigured("pictures.yaml", {
  server: { logLevel: "warn" },
  datasets: { era: { location: join(FOLDER, "pictures.zarr") } },
});
const steps = (count: number, query: string): string[] =>
  Array.from({ length: count }, (_, step) => `${PLOT}.png?isel=time:${step}&${query}`);
try {
  await cost(server, [...steps(4, "cmap=jet"), ...steps(4, "cmap=jet&projection=Robinson")]);
  const plateCarree = await cost(server, steps(16, "cmap=viridis"));
  const robinson = await cost(server, steps(16, "projection=Robinson"));
  const warm = await cost(
    server,
    Array.from({ length: 400 }, () => `${PLOT}.png?isel=time:3&cmap=viridis`),
  );
  const gif = await cost(server, [`${PLOT}.gif`]);
  const webp = await cost(server, [`${PLOT}.webp?animate=time`]);
  const idle = await probe(server);
  const busy = await underPictures(server);
  const matplotlib = JSON.parse(peer("draw")) as object; // our own script
  const gateway = { plateCarree, robinson, warm, gif, webp, smallChunkP99Ms: { idle, busy } };
  process.stdout.write(`${JSON.stringify({ gateway, matplotlib }, undefined, 2)}\n`);
} finally {
  await server.stop();
}
