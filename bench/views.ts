import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { atMost, type Goal, MEBIBYTE } from "./goal.ts";
import { httpGetOk } from "./http-get.ts";
import type { Running } from "./process.ts";
import { DATA, prepare, runPeer, startConfigured } from "./servers.ts";

export interface ViewTime {
  readonly wallMs: number;
  /** Processor time of all threads. */
  readonly cpuMs: number;
  /** xarray with dask on as many threads, in the same run. */
  readonly dask: { readonly wallMs: number; readonly cpuMs: number };
}
export interface ViewsMeasured {
  readonly threads: number;
  readonly times: Readonly<Record<string, ViewTime>>;
  readonly peakBytes: number;
  readonly daskPeakBytes: number;
  /** A chunk that passes through a selection, less the same chunk of the dataset itself. */
  readonly selectOverheadMs: number;
}

const STORE = join(DATA, "views.zarr");
const VIEWS = ["mean(time)", "groupby(time.month,mean)"];
const SELECTED = 500;
const SAMPLE_MS = 20;

/** Two gigabytes through a mean over time and one by month; each result is read once, in a process that has seen nothing. */
export async function measureViews(): Promise<ViewsMeasured> {
  if (!existsSync(join(STORE, "zarr.json"))) runPeer("make_views.py", STORE);
  const threads = availableParallelism();
  const peer = runPeer("read_views.py", STORE, String(threads)) as Peer; // what the script prints
  const times: Record<string, ViewTime> = {};
  const peaks: number[] = [];
  for (const name of ["maps", "boxes"]) {
    for (const view of VIEWS) {
      const key = `${view} of ${name}`;
      const dask = peer.results[key] ?? { wallMs: Number.NaN, cpuMs: Number.NaN };
      const { peakBytes, ...time } = await reduce(view, name);
      peaks.push(peakBytes);
      times[key] = { ...time, dask };
    }
  }
  const overhead = await served(({ url }) => selectOverhead(url));
  return {
    threads,
    times,
    peakBytes: Math.max(...peaks),
    daskPeakBytes: peer.peakBytes,
    selectOverheadMs: overhead,
  };
}

/** In a process of its own, so that nothing is in memory yet. */
function reduce(
  view: string,
  name: string,
): Promise<{ readonly wallMs: number; readonly cpuMs: number; readonly peakBytes: number }> {
  return served(async (server) => {
    const peak = watchMemory(server);
    const [start, cpu] = [performance.now(), server.cpuMs()];
    await readAll(`${server.url}/datasets/v@${view}/zarr/${name}`);
    return { wallMs: performance.now() - start, cpuMs: server.cpuMs() - cpu, peakBytes: peak.stop() };
  });
}

async function served<Result>(work: (server: Running) => Promise<Result>): Promise<Result> {
  const server = await startConfigured("views.yaml", {
    server: { logLevel: "warn" },
    datasets: { v: { location: STORE } },
  });
  try {
    return await work(server);
  } finally {
    await server.stop();
  }
}

interface Peer {
  readonly results: Readonly<Record<string, ViewTime["dask"]>>;
  readonly peakBytes: number;
}

const MAX_RATIOS: Readonly<Record<string, number>> = { "mean(time)": 1.2, "groupby(time.month,mean)": 1.5 };
const MAX_PEAK_MIB = 300;
const MAX_SELECT_MS = 1;

export function viewGoals({ times, peakBytes, selectOverheadMs }: ViewsMeasured): Goal[] {
  const ratios = Object.entries(times).map(([key, { wallMs, dask }]) => {
    const limit = MAX_RATIOS[key.split(" of ")[0] ?? ""] ?? 1;
    return atMost(`@${key}, two gigabytes`, wallMs / dask.wallMs, limit, "× xarray and dask");
  });
  return [
    ...ratios,
    atMost("memory of these at most", peakBytes / MEBIBYTE, MAX_PEAK_MIB, "MiB"),
    atMost("a chunk through a selection, more than the chunk", selectOverheadMs, MAX_SELECT_MS, "ms"),
  ];
}

export function viewLines({ threads, times, daskPeakBytes }: ViewsMeasured): string[] {
  const words = ({ wallMs, cpuMs }: ViewTime["dask"]): string =>
    `${(wallMs / 1000).toFixed(1)} s (${(cpuMs / 1000).toFixed(1)} s of processor time)`;
  return [
    ...Object.entries(times).map(
      ([key, time]) =>
        `- @${key} over 2 GB: ${words(time)}; xarray and dask on ${threads} threads ${words(time.dask)}.`,
    ),
    `- xarray and dask took ${(daskPeakBytes / MEBIBYTE).toFixed(0)} MiB at most.`,
  ];
}

interface Metadata {
  readonly shape: readonly number[];
  readonly chunk_grid: { readonly configuration: { readonly chunk_shape: readonly number[] } };
}

/** All chunks of an array, eight at a time as a client asks for them. */
async function readAll(array: string): Promise<void> {
  const document = await fetch(`${array}/zarr.json`);
  const { shape, chunk_grid: grid } = (await document.json()) as Metadata; // Zarr v3 array metadata
  let keys = [""];
  for (const [axis, length] of shape.entries()) {
    const count = Math.ceil(length / (grid.configuration.chunk_shape[axis] ?? 1));
    keys = keys.flatMap((key) => Array.from({ length: count }, (_, at) => `${key}/${at}`));
  }
  const waiting = keys.values();
  const lane = async (): Promise<void> => {
    for (const key of waiting) await httpGetOk(`${array}/c${key}`);
  };
  await Promise.all(Array.from({ length: 8 }, lane));
}

async function selectOverhead(url: string): Promise<number> {
  const plain = await chunkMs(`${url}/datasets/v/zarr/boxes/c/0/0/0`);
  const selected = await chunkMs(`${url}/datasets/v@isel(time=0:123)/zarr/boxes/c/0/0/0`);
  return selected - plain;
}

async function chunkMs(url: string): Promise<number> {
  await httpGetOk(url);
  const start = performance.now();
  for (let number = 0; number < SELECTED; number += 1) await httpGetOk(url);
  return (performance.now() - start) / SELECTED;
}

function watchMemory(server: Running): { stop(): number } {
  let peak = 0;
  const timer = setInterval(() => {
    peak = Math.max(peak, server.residentBytes());
  }, SAMPLE_MS);
  return {
    stop() {
      clearInterval(timer);
      return peak;
    },
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  prepare();
  console.log(JSON.stringify(await measureViews(), undefined, 2));
}
