import { availableParallelism } from "node:os";
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { RE_ENCODED } from "./cases.ts";
import { startGateway } from "./servers.ts";

const ROUNDS = 5;
const LEVEL = 3; // the gateway's default, and what level 0 of Xpublish's codec means

export interface CompressorBound {
  readonly megabytesPerSecondACore: number;
  /** Large chunks a second that all cores could compress if they did nothing else. */
  readonly mostChunksPerSecond: number;
}

/** How fast the compressor alone is on the large re-encoded chunk: no server can answer more of them than that. */
export async function measureCompressor(): Promise<CompressorBound> {
  const server = await startGateway("0MiB");
  try {
    const response = await fetch(`${server.url}${RE_ENCODED["re-encoded chunk of 8.3 MB"][0]}`);
    const values = zstdDecompressSync(await response.arrayBuffer());
    const start = performance.now();
    for (let round = 0; round < ROUNDS; round++) {
      zstdCompressSync(values, { params: { [constants.ZSTD_c_compressionLevel]: LEVEL } });
    }
    const seconds = (performance.now() - start) / 1000 / ROUNDS;
    return {
      megabytesPerSecondACore: values.length / seconds / 1e6,
      mostChunksPerSecond: availableParallelism() / seconds,
    };
  } finally {
    await server.stop();
  }
}
