import type { Instants } from "../../instants.ts";

/** Initial times, and where the times of their first states lie among those of the analysis. */
export interface Histories {
  readonly times: Instants;
  /** Of the time that lies so many steps before an initial time. */
  positionOf(init: number, back: number): number;
}

interface Steps {
  /** Times of a state, one step apart. */
  readonly history: number;
  readonly stepMs: number;
}

/** Times that have all of their history, `history` − 1 times one step apart before them. */
export function historiesOf(instants: Instants, { history, stepMs }: Steps): Histories {
  if (history === 1) return { times: instants, positionOf: (init) => init };
  if (instants.stepMs !== undefined) {
    const apart = stepMs / instants.stepMs;
    const first = Number.isInteger(apart) ? (history - 1) * apart : instants.length;
    return { times: instants.slice(first), positionOf: (init, back) => first + init - back * apart };
  }
  const positions = new Int32Array(instants.length * history);
  // one pointer for each earlier time: all of them only go forward
  const pointers = new Int32Array(history);
  let count = 0;
  for (let at = 0; at < instants.length; at += 1) {
    pointers[0] = at;
    if (!movedBack(pointers, instants, stepMs)) continue;
    positions.set(pointers, count * history);
    count += 1;
  }
  const kept = positions.slice(0, count * history);
  return {
    times: instants.picked(Int32Array.from({ length: count }, (_, init) => kept[init * history] ?? 0)),
    positionOf: (init, back) => kept[init * history + back] ?? 0,
  };
}

/** Moves the pointers to the times so many steps before the first; false where one of them is not there. */
function movedBack(pointers: Int32Array, instants: Instants, stepMs: number): boolean {
  const [at = 0] = pointers;
  let isComplete = true;
  for (let back = 1; back < pointers.length; back += 1) {
    const wanted = back * stepMs;
    let pointer = pointers[back] ?? 0;
    while (instants.since(at, instants, pointer) > wanted) pointer += 1;
    pointers[back] = pointer;
    if (instants.since(at, instants, pointer) !== wanted) isComplete = false;
  }
  return isComplete;
}
