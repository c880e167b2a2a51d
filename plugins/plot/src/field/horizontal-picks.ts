import type { Box } from "../request/picture-request.ts";
import type { Pick } from "./read-block.ts";

/** Positions of the axis that a range of degrees needs, one more at each end. */
export function picksWithin(values: Float64Array, low: number, high: number): Pick {
  let first = values.length;
  let last = -1;
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] ?? Number.NaN;
    if (!(value >= low && value <= high)) continue;
    if (at < first) first = at;
    last = at;
  }
  if (last < 0) return between(values, low, high);
  return clipped(first - 1, last + 1, values.length);
}

/** A box that lies between two values is inside the cells of both. */
function between(values: Float64Array, low: number, high: number): Pick {
  const middle = (low + high) / 2;
  let best = 0;
  for (let at = 1; at < values.length; at += 1) {
    if (Math.abs((values[at] ?? 0) - middle) < Math.abs((values[best] ?? 0) - middle)) best = at;
  }
  return clipped(best - 1, best + 1, values.length);
}

function clipped(first: number, last: number, size: number): Pick {
  const start = Math.max(0, first);
  return { start, step: 1, count: Math.min(size - 1, last) - start + 1 };
}

/** The same for longitudes of any convention: one run of positions where the box is one, else all. */
export function longitudePicks(values: Float64Array, [west, , east]: Box): Pick {
  const all = { start: 0, step: 1, count: values.length };
  const width = east > west ? east - west : east - west + 360;
  const step =
    values.length > 1 ? Math.abs((values.at(-1) ?? 0) - (values[0] ?? 0)) / (values.length - 1) : 360;
  const isInside = (value: number): boolean => {
    const from = value - west + step;
    return from - 360 * Math.floor(from / 360) <= width + 2 * step;
  };
  let first = -1;
  let runs = 0;
  let last = -1;
  for (let at = 0; at < values.length; at += 1) {
    if (!isInside(values[at] ?? Number.NaN)) continue;
    if (last !== at - 1 || runs === 0) runs += 1;
    if (first < 0) first = at;
    last = at;
  }
  return runs === 1 && width + 2 * step < 360 ? clipped(first, last, values.length) : all;
}

/** Every n-th position, so that at most `maxElements` are read; those in the middle of their n. */
export function thinned(picks: readonly Pick[], maxElements: number): Pick[] {
  const count = picks.reduce((product, pick) => product * pick.count, 1);
  if (count <= maxElements) return [...picks];
  const long = picks.filter((pick) => pick.count > 1).length;
  const by = Math.ceil((count / maxElements) ** (1 / long));
  return picks.map((pick) => {
    if (pick.count === 1) return pick;
    const step = Math.min(by, pick.count);
    const start = pick.start + ((step - 1) >> 1);
    return { start, step, count: Math.ceil((pick.start + pick.count - start) / step) };
  });
}
