import { PASS_THROUGH } from "./cases.ts";
import { load, visitOnce } from "./load.ts";
import type { Running } from "./process.ts";

const ROUNDS = 3;
const CONNECTIONS = 10;
const PATHS = PASS_THROUGH["chunk of about 42 KB, 4096 in turn"];

/** Requests per second over each of the small chunks once, median of fresh servers. */
export interface Visits {
  readonly first: number;
  readonly second: number;
  readonly third: number;
}

/** What readers find who come first, second and third to 4096 chunks: each asks for every chunk once. */
export async function measureVisits(start: () => Promise<Running>): Promise<Visits> {
  const rounds: Visits[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const server = await start();
    try {
      // compiled code without a visit: a query makes other URLs of one chunk
      const other = PATHS.map((_, number) => `${PATHS[0]}?${number}`);
      load(server.url, other, { connections: CONNECTIONS, seconds: 2 });
      const visit = (): number => visitOnce(server.url, PATHS, CONNECTIONS);
      rounds.push({ first: visit(), second: visit(), third: visit() });
    } finally {
      await server.stop();
    }
  }
  const median = (of: keyof Visits): number =>
    rounds.map((round) => round[of]).sort((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? Number.NaN;
  return { first: median("first"), second: median("second"), third: median("third") };
}
