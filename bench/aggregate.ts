import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { httpGetOk } from "./http-get.ts";
import { AGGREGATE_FOLDER, runPeer, startConfigured, TINY_FILE } from "./servers.ts";

interface Opened {
  /** Until the metadata are there: every file is read. */
  readonly firstMs: number;
  /** The same in a new process, with the index: every file is looked at. */
  readonly laterMs: number;
  readonly residentBytes: number;
  /** xr.open_mfdataset on some of the files, in milliseconds a file. */
  readonly xarrayMsAFile: number;
}
export interface AggregateOpened {
  readonly files: number;
  readonly filesOfXarray: number;
  readonly netcdf3: Opened;
  readonly netcdf4: Opened;
}

const FILES = 10_000;
const FILES_OF_XARRAY = 500;
/** A server that has just started looks through its disk cache and loads what its threads need. */
const SETTLED_MS = 2000;
const KINDS = ["netcdf3", "netcdf4"] as const;

/** Ten thousand files of one day each as one dataset, through HTTP; the peer opens some of them. */
export async function measureAggregate(): Promise<AggregateOpened> {
  const folders = KINDS.map((kind) => join(AGGREGATE_FOLDER, kind));
  const last = `day_${String(FILES - 1).padStart(5, "0")}.nc`;
  if (!folders.every((folder) => existsSync(join(folder, last))))
    runPeer("make_aggregate.py", AGGREGATE_FOLDER, String(FILES));
  const peer = runPeer("read_aggregate.py", String(FILES_OF_XARRAY), ...folders) as { openMs: number[] }; // what the script prints
  const opened: Opened[] = [];
  for (const [position, folder] of folders.entries()) {
    rmSync(join(AGGREGATE_FOLDER, "cache"), { recursive: true, force: true });
    const first = await openOnce(folder);
    const later = await openOnce(folder);
    opened.push({
      firstMs: first.ms,
      laterMs: later.ms,
      residentBytes: first.residentBytes,
      xarrayMsAFile: (peer.openMs[position] ?? Number.NaN) / FILES_OF_XARRAY,
    });
  }
  const [netcdf3, netcdf4] = opened as [Opened, Opened]; // one for each kind
  return { files: FILES, filesOfXarray: FILES_OF_XARRAY, netcdf3, netcdf4 };
}

/** In a process of its own, which another dataset has warmed up. */
async function openOnce(folder: string): Promise<{ ms: number; residentBytes: number }> {
  const server = await startConfigured("aggregate.yaml", {
    server: { logLevel: "warn" },
    cache: { disk: { path: join(AGGREGATE_FOLDER, "cache"), size: "100MiB" } },
    datasets: {
      small: { location: [TINY_FILE], combine: { new: "number" } },
      many: { location: `${folder}/*.nc`, combine: { along: "time" } },
    },
  });
  try {
    await httpGetOk(`${server.url}/datasets/small/zarr/zarr.json`);
    await sleep(SETTLED_MS);
    const start = performance.now();
    await httpGetOk(`${server.url}/datasets/many/zarr/zarr.json`);
    return { ms: performance.now() - start, residentBytes: server.residentBytes() };
  } finally {
    await server.stop();
  }
}
