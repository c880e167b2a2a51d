import { existsSync, mkdirSync } from "node:fs";
import { Agent } from "node:http";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { atMost, type Goal } from "./goal.ts";
import { httpGetOk } from "./http-get.ts";
import type { Running } from "./process.ts";
import { DATA, prepare, runPeer, startConfigured } from "./servers.ts";

const FOLDER = join(DATA, "pictures");
/** 24 fields of 721 × 1440. */
export const PICTURES = join(FOLDER, "pictures.zarr");
const PLOT = "/datasets/era/plot/t2m";
const PROBES = 400;

interface Cost {
  readonly wallMs: number;
  /** Of all threads, a picture. */
  readonly cpuMs: number;
}
export interface PicturesMeasured {
  readonly plateCarree: Cost;
  readonly robinson: Cost;
  /** The same picture again. */
  readonly warm: Cost;
  readonly gif: Cost;
  readonly webp: Cost;
  readonly smallChunkP99Ms: { readonly idle: number; readonly busy: number };
  /** Without cartopy no Robinson. */
  readonly matplotlib: { readonly plateCarree: Cost; readonly movie: Cost; readonly robinson?: Cost };
}

export function preparePictures(): void {
  mkdirSync(FOLDER, { recursive: true });
  if (!existsSync(join(PICTURES, "zarr.json"))) runPeer("draw_pictures.py", "make", FOLDER);
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

export async function measurePictures(): Promise<PicturesMeasured> {
  preparePictures();
  const server = await startConfigured("pictures.yaml", {
    server: { logLevel: "warn" },
    datasets: { era: { location: PICTURES } },
  });
  const steps = (count: number, query: string): string[] =>
    Array.from({ length: count }, (_, step) => `${PLOT}.png?isel=time:${step}&${query}`);
  try {
    await cost(server, [...steps(4, "cmap=jet"), ...steps(4, "cmap=jet&projection=Robinson")]);
    const plateCarree = await cost(server, steps(16, "cmap=viridis"));
    const robinson = await cost(server, steps(16, "projection=Robinson"));
    const again = Array.from({ length: 400 }, () => `${PLOT}.png?isel=time:3&cmap=viridis`);
    const warm = await cost(server, again);
    const gif = await cost(server, [`${PLOT}.gif`]);
    const webp = await cost(server, [`${PLOT}.webp?animate=time`]);
    const smallChunkP99Ms = { idle: await probe(server), busy: await underPictures(server) };
    const matplotlib = runPeer("draw_pictures.py", "draw", FOLDER) as PicturesMeasured["matplotlib"]; // what the script prints
    return { plateCarree, robinson, warm, gif, webp, smallChunkP99Ms, matplotlib };
  } finally {
    await server.stop();
  }
}

const MAX_COLD_MS = 150;
const MAX_WARM_MS = 2;
const MAX_ANIMATION_MS = 2000;
const MAX_P99_RATIO = 3;

export function pictureGoals(measured: PicturesMeasured): Goal[] {
  const { plateCarree, warm, gif, webp, smallChunkP99Ms } = measured;
  return [
    atMost("picture of 721 × 1440 values, cold", plateCarree.wallMs, MAX_COLD_MS, "ms"),
    atMost("the same again", warm.wallMs, MAX_WARM_MS, "ms"),
    atMost("animation of 24 frames, GIF", gif.wallMs, MAX_ANIMATION_MS, "ms"),
    atMost("animation of 24 frames, WebP", webp.wallMs, MAX_ANIMATION_MS, "ms"),
    atMost(
      "p99 of a small chunk while eight clients want pictures",
      smallChunkP99Ms.busy / smallChunkP99Ms.idle,
      MAX_P99_RATIO,
      "× idle",
    ),
  ];
}

export function pictureLines(measured: PicturesMeasured): string[] {
  const words = (cost: Cost | undefined): string =>
    cost ? `${cost.wallMs.toFixed(0)} ms (${cost.cpuMs.toFixed(0)} ms of processor time)` : "not measured";
  const { plateCarree, robinson, gif, webp, smallChunkP99Ms, matplotlib } = measured;
  return [
    `- A map of 721 × 1440 values: ${words(plateCarree)}, matplotlib ${words(matplotlib.plateCarree)}; Robinson ${words(robinson)}, cartopy ${words(matplotlib.robinson)}.`,
    `- 24 frames: GIF ${words(gif)}, WebP ${words(webp)}, matplotlib's GIF ${words(matplotlib.movie)}.`,
    `- p99 of a small chunk ${smallChunkP99Ms.idle.toFixed(2)} ms, ${smallChunkP99Ms.busy.toFixed(2)} ms while pictures are drawn.`,
  ];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  prepare();
  console.log(JSON.stringify(await measurePictures(), undefined, 2));
}
