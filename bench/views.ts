import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { httpGetOk } from "./http-get.ts";
import type { Running } from "./process.ts";
import { DATA, prepare, runPeer, startConfigured } from "./servers.ts";

export interface ViewTime {
  readonly wallMs: number;
  /** xarray with dask on as many threads, in the same run. */
  readonly daskMs: number;
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
  const server = await startConfigured("views.yaml", {
    server: { logLevel: "warn" },
    datasets: { v: { location: STORE } },
  });
  const peak = watchMemory(server);
  try {
    const times: Record<string, ViewTime> = {};
    for (const name of ["maps", "boxes"]) {
      for (const view of VIEWS) {
        const start = performance.now();
        await readAll(`${server.url}/datasets/v@${view}/zarr/${name}`);
        const key = `${view} of ${name}`;
        times[key] = { wallMs: performance.now() - start, daskMs: peer.results[key]?.wallMs ?? Number.NaN };
      }
    }
    const peakBytes = peak.stop();
    const overhead = await selectOverhead(server.url);
    return { threads, times, peakBytes, daskPeakBytes: peer.peakBytes, selectOverheadMs: overhead };
  } finally {
    peak.stop();
    await server.stop();
  }
}

interface Peer {
  readonly results: Readonly<Record<string, { readonly wallMs: number }>>;
  readonly peakBytes: number;
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
