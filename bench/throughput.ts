import { httpGetOk } from "./http-get.ts";
import { type Load, type LoadOptions, load } from "./load.ts";
import type { Running } from "./process.ts";

const ROUNDS = 3;
const LOAD: LoadOptions = { connections: 10, seconds: 4 };

export interface Throughput extends Load {
  /** Bytes of one answer, measured: servers that send other bytes are compared knowingly. */
  readonly answerBytes: number;
}

/** The median round of each case on one server. */
export async function measureThroughput(
  server: Running,
  cases: Readonly<Record<string, readonly string[]>>,
): Promise<Record<string, Throughput>> {
  const results: Record<string, Throughput> = {};
  for (const [name, paths] of Object.entries(cases)) {
    const { bytes: answerBytes } = await httpGetOk(`${server.url}${paths[0]}`);
    load(server.url, paths, { ...LOAD, seconds: 1 }); // warm: compiled code, page cache
    const rounds = Array.from({ length: ROUNDS }, () => load(server.url, paths, LOAD));
    rounds.sort((a, b) => a.requestsPerSecond - b.requestsPerSecond);
    const median = rounds[Math.floor(ROUNDS / 2)];
    if (median !== undefined) results[name] = { ...median, answerBytes };
  }
  return results;
}
