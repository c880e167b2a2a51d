import type { Instant } from "@zarr-gateway/dataset";
import { compareInstants } from "./analysis-times.ts";

/** Initial times, and where the times of their first states lie among those of the analysis. */
export interface Histories {
  readonly times: readonly Instant[];
  /** Of initial time i at i · history + k: k steps earlier. */
  readonly positions: Int32Array;
}

const DAY_MS = 86_400_000;

/** Times that have all of their history, `history` − 1 times one step apart before them. */
export function historiesOf(
  instants: readonly Instant[],
  { history, stepMs }: { readonly history: number; readonly stepMs: number },
): Histories {
  const times: Instant[] = [];
  const positions: number[] = [];
  // one pointer for each earlier time: all of them only go forward
  const pointers = new Int32Array(history);
  for (const [at, instant] of instants.entries()) {
    const own = [at];
    for (let back = 1; back < history; back += 1) {
      const wanted = earlier(instant, back * stepMs);
      let pointer = pointers[back] ?? 0;
      while (pointer < at && compareInstants(instants[pointer], wanted) < 0) pointer += 1;
      pointers[back] = pointer;
      if (compareInstants(instants[pointer], wanted) === 0) own.push(pointer);
    }
    if (own.length < history) continue;
    times.push(instant);
    for (const position of own) positions.push(position);
  }
  return { times, positions: Int32Array.from(positions) };
}

function earlier({ day, nanoseconds }: Instant, ms: number): Instant {
  const days = Math.floor(ms / DAY_MS);
  const rest = nanoseconds - (ms - days * DAY_MS) * 1e6;
  return rest < 0
    ? { day: day - days - 1, nanoseconds: rest + DAY_MS * 1e6 }
    : { day: day - days, nanoseconds: rest };
}
