import { existsSync } from "node:fs";
import { join } from "node:path";
import { httpGetOk } from "./http-get.ts";
import { ICECHUNK_FOLDER, runPeer, startConfigured } from "./servers.ts";

interface Read {
  /** Until the metadata are there. */
  readonly openMs: number;
  /** The first chunk after that: the manifest of a million references is read. */
  readonly firstChunkMs: number;
  /** Any chunk after that, one by one. */
  readonly chunkMs: number;
}
export interface IcechunkRead {
  readonly gateway: Read;
  readonly icechunk: Read;
  readonly residentBytes: number;
  readonly icechunkPeakBytes: number;
}

/** The first repository only warms both programs up. */
const COPIES = 4;
const MANY = 2000;

/** A repository of a million virtual chunks that nobody has opened yet: through HTTP here, with the icechunk package there. */
export async function measureIcechunk(): Promise<IcechunkRead> {
  const paths = Array.from({ length: COPIES }, (_, copy) => join(ICECHUNK_FOLDER, `repository-${copy}`));
  if (!paths.every(existsSync)) runPeer("make_icechunk.py", ICECHUNK_FOLDER, String(COPIES));
  const peer = runPeer("read_icechunk.py", ...paths) as { reads: Read[]; peakBytes: number }; // what the script prints
  const server = await startConfigured("icechunk.yaml", {
    server: { logLevel: "warn" },
    datasets: Object.fromEntries(paths.map((location, copy) => [`r${copy}`, { location }])),
  });
  try {
    const reads: Read[] = [];
    for (const copy of paths.keys()) reads.push(await readOne(`${server.url}/datasets/r${copy}/zarr`));
    return {
      gateway: medians(reads.slice(1)),
      icechunk: medians(peer.reads.slice(1)),
      residentBytes: server.residentBytes(),
      icechunkPeakBytes: peer.peakBytes,
    };
  } finally {
    await server.stop();
  }
}

async function readOne(store: string): Promise<Read> {
  const start = performance.now();
  await httpGetOk(`${store}/zarr.json`);
  const opened = performance.now();
  await httpGetOk(`${store}/v/c/999999`);
  const first = performance.now();
  for (let number = 0; number < MANY; number++)
    await httpGetOk(`${store}/v/c/${(number * 7919) % 1_000_000}`);
  const many = performance.now();
  return { openMs: opened - start, firstChunkMs: first - opened, chunkMs: (many - first) / MANY };
}

function medians(reads: readonly Read[]): Read {
  const median = (key: keyof Read): number =>
    reads.map((read) => read[key]).toSorted((a, b) => a - b)[Math.floor(reads.length / 2)] ?? Number.NaN;
  return { openMs: median("openMs"), firstChunkMs: median("firstChunkMs"), chunkMs: median("chunkMs") };
}
