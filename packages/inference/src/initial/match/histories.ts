import type { Instant } from "@zarr-gateway/dataset";
import { compareInstants, countedTo } from "./analysis-times.ts";

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
  if (history === 1) return { times: instants, positions: countedTo(instants.length) };
  const times: Instant[] = [];
  const positions = new Int32Array(instants.length * history);
  // one pointer for each earlier time: all of them only go forward
  const pointers = new Int32Array(history);
  for (let at = 0; at < instants.length; at += 1) {
    const instant = instants[at] as Instant; // inside
    pointers[0] = at;
    if (!movedBack(pointers, { instants, instant, stepMs })) continue;
    positions.set(pointers, times.length * history);
    times.push(instant);
  }
  return { times, positions: positions.slice(0, times.length * history) };
}

/** Moves the pointers to the times so many steps before; false where one of them is not there. */
function movedBack(
  pointers: Int32Array,
  {
    instants,
    instant,
    stepMs,
  }: { readonly instants: readonly Instant[]; readonly instant: Instant; readonly stepMs: number },
): boolean {
  let isComplete = true;
  for (let back = 1; back < pointers.length; back += 1) {
    const wanted = earlier(instant, back * stepMs);
    let pointer = pointers[back] ?? 0;
    while (compareInstants(instants[pointer], wanted) < 0) pointer += 1;
    pointers[back] = pointer;
    if (compareInstants(instants[pointer], wanted) !== 0) isComplete = false;
  }
  return isComplete;
}

function earlier({ day, nanoseconds }: Instant, ms: number): Instant {
  const days = Math.floor(ms / DAY_MS);
  const rest = nanoseconds - (ms - days * DAY_MS) * 1e6;
  return rest < 0
    ? { day: day - days - 1, nanoseconds: rest + DAY_MS * 1e6 }
    : { day: day - days, nanoseconds: rest };
}
