import type { Instant } from "@zarr-gateway/dataset";
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
  const places = all.map(({ instants }) => new Map(instants.map((instant, at) => [keyOf(instant), at])));
  const common = first.instants.filter((instant) => places.every((place) => place.has(keyOf(instant))));
  return new Map(
    [...axes].map(([key, axis], at) => {
      const positions = common.map((instant) => axis.positions[places[at]?.get(keyOf(instant)) ?? 0] ?? 0);
      return [key, { ...axis, instants: common, positions: Int32Array.from(positions) }];
    }),
  );
}

function keyOf({ day, nanoseconds }: Instant): string {
  return `${day} ${nanoseconds}`;
}
