import { Instants } from "../../instants.ts";
import type { AnalysisTimes } from "./analysis-times.ts";
import type { Problems } from "./problems.ts";

/** Variables may have different axes of time: each cut to the times that all of them have, in the same order. */
export function sharedTimes(
  axes: ReadonlyMap<string, AnalysisTimes>,
  problems: Problems,
): ReadonlyMap<string, AnalysisTimes> {
  const all = [...axes.values()];
  const [first] = all;
  if (first === undefined || all.length === 1) return axes;
  if (all.some(({ calendar }) => calendar !== first.calendar)) {
    const calendars = [...new Set(all.map(({ calendar }) => calendar))].join(", ");
    problems.add(`times of the analysis are in several calendars: ${calendars}`);
    return axes;
  }
  const places = commonPlaces(all.map(({ instants }) => instants));
  return new Map(
    [...axes].map(([key, axis], at) => {
      const own = places[at] ?? new Int32Array(0);
      if (own.length === axis.instants.length) return [key, axis];
      const { positions } = axis;
      return [
        key,
        {
          ...axis,
          instants: axis.instants.picked(own),
          positions: positions === undefined ? own : own.map((place) => positions[place] ?? 0),
        },
      ];
    }),
  );
}

/** Where the times that all have lie in each; all rise. */
function commonPlaces(all: readonly Instants[]): Int32Array[] {
  const [first = Instants.of([])] = all;
  const places = all.map(() => new Int32Array(first.length));
  const pointers = all.map(() => 0);
  let count = 0;
  for (let at = 0; at < first.length; at += 1) {
    let isCommon = true;
    for (const [number, instants] of all.entries()) {
      let pointer = pointers[number] ?? 0;
      while (pointer < instants.length && first.since(at, instants, pointer) > 0) pointer += 1;
      pointers[number] = pointer;
      if (pointer === instants.length || first.since(at, instants, pointer) !== 0) isCommon = false;
    }
    if (!isCommon) continue;
    for (const [number, own] of places.entries()) own[count] = pointers[number] ?? 0;
    count += 1;
  }
  return places.map((own) => own.slice(0, count));
}
