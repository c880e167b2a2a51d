import { httpGetOk } from "./http-get.ts";
import { type Load, type LoadOptions, load } from "./load.ts";
import type { Running } from "./process.ts";

const ROUNDS = 3;
const LOAD: LoadOptions = { connections: 10, seconds: 4 };

export interface Throughput extends Load {
  /** Bytes of one answer, measured: servers that send other bytes are compared knowingly. */
  readonly answerBytes: number;
}

type Cases = Readonly<Record<string, readonly string[]>>;

/** The median round of each case on one server. */
export async function measureThroughput(server: Running, cases: Cases): Promise<Record<string, Throughput>> {
  return (await measureInTurn(server, { only: cases })).only;
}

/** The same of several sets of cases, round by round in turn: none of them finds the warmer server. */
export async function measureInTurn<Name extends string>(
  server: Running,
  sets: Readonly<Record<Name, Cases>>,
): Promise<Record<Name, Record<string, Throughput>>> {
  const measured = Object.entries<Cases>(sets).flatMap(([set, cases]) =>
    Object.entries(cases).map(([name, paths]) => ({ set, name, paths, rounds: [] as Load[] })),
  );
  // warm: compiled code, page cache
  for (const { paths } of measured) load(server.url, paths, { ...LOAD, seconds: 1 });
  for (let round = 0; round < ROUNDS; round++) {
    const order = round % 2 === 0 ? measured : measured.toReversed();
    for (const { paths, rounds } of order) rounds.push(load(server.url, paths, LOAD));
  }
  const results: Record<string, Record<string, Throughput>> = {};
  for (const { set, name, paths, rounds } of measured) {
    const { bytes: answerBytes } = await httpGetOk(`${server.url}${paths[0]}`);
    rounds.sort((a, b) => a.requestsPerSecond - b.requestsPerSecond);
    const median = rounds[Math.floor(ROUNDS / 2)];
    if (median !== undefined) results[set] = { ...results[set], [name]: { ...median, answerBytes } };
  }
  return results;
}
