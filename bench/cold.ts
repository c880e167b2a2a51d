import { readdirSync } from "node:fs";
import { join } from "node:path";
import { httpGetOk } from "./http-get.ts";
import { COLD_FOLDER, runPeer, startGateway } from "./servers.ts";

export interface ColdRead {
  readonly gatewayMs: number;
  readonly h5pyMs: number;
  /** The first request for a chunk of a variable that has 100 000 of them: the whole chunk index is read. */
  readonly manyChunksMs: number;
}

/**
 * The first chunk of NetCDF-4 files that nobody has opened yet, 4.15 MB a chunk, in the page cache: from the request to
 * the last byte here, from `File()` to the decoded array there. Medians; the first file only warms both programs up.
 */
export async function measureColdRead(): Promise<ColdRead> {
  const files = readdirSync(COLD_FOLDER).sort();
  const h5py = runPeer("read_cold.py", ...files.map((file) => join(COLD_FOLDER, file))) as number[]; // read_cold.py prints numbers
  const server = await startGateway("512MiB");
  try {
    const taken: number[] = [];
    for (const file of files) {
      const start = performance.now();
      await httpGetOk(`${server.url}/datasets/${file.replace(".nc", "")}/zarr/tas/c/0/0/0`);
      taken.push(performance.now() - start);
    }
    const start = performance.now();
    await httpGetOk(`${server.url}/datasets/many-chunks/zarr/v/c/99999`);
    const manyChunksMs = performance.now() - start;
    return { gatewayMs: median(taken.slice(1)), h5pyMs: median(h5py.slice(1)), manyChunksMs };
  } finally {
    await server.stop();
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
