import type { DataRange } from "./colour-scale.ts";

const ROBUST_PERCENTILE = 2; // xarray's

type Numbers = Float32Array | Float64Array;

/** xarray's, where nothing is finite. */
const EMPTY: DataRange = { low: 0, high: 0, robustLow: 0, robustHigh: 0 };

/** Ends of what is finite; undefined where nothing is. */
export function dataRange(values: Numbers, needsRobust: boolean): DataRange | undefined {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] as number; // at < length
    if (value < low && value !== Number.NEGATIVE_INFINITY) low = value;
    if (value > high && value !== Number.POSITIVE_INFINITY) high = value;
  }
  if (low > high) return undefined;
  if (!needsRobust) return { low, high, robustLow: low, robustHigh: high };
  const finite = values.filter(Number.isFinite);
  return {
    low,
    high,
    robustLow: percentile(finite, ROBUST_PERCENTILE),
    robustHigh: percentile(finite, 100 - ROBUST_PERCENTILE),
  };
}

/** Of several fields that share a scale. Percentiles are those of the fields' own ones at the widest. */
export function joinedRange(all: readonly (DataRange | undefined)[]): DataRange {
  const ranges = all.filter((range) => range !== undefined);
  if (ranges.length === 0) return EMPTY;
  const least = (pick: (range: DataRange) => number): number => Math.min(...ranges.map(pick));
  const most = (pick: (range: DataRange) => number): number => Math.max(...ranges.map(pick));
  return {
    low: least(({ low }) => low),
    high: most(({ high }) => high),
    robustLow: least(({ robustLow }) => robustLow),
    robustHigh: most(({ robustHigh }) => robustHigh),
  };
}

/** numpy's default: linear between neighbours. Reorders the values. */
export function percentile(values: Numbers, percent: number): number {
  const position = (percent / 100) * (values.length - 1);
  const below = selected(values, Math.floor(position));
  const above = selected(values, Math.ceil(position));
  return below + (above - below) * (position - Math.floor(position));
}

/** The value that would stand at a position if all were sorted (Hoare's selection). */
function selected(values: Numbers, position: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1] as number; // inside
    let left = low;
    let right = high;
    while (left <= right) {
      while ((values[left] as number) < pivot) left += 1;
      while ((values[right] as number) > pivot) right -= 1;
      if (left > right) break;
      const moved = values[left] as number;
      values[left] = values[right] as number;
      values[right] = moved;
      left += 1;
      right -= 1;
    }
    if (position <= right) high = right;
    else if (position >= left) low = left;
    else break;
  }
  return values[position] ?? Number.NaN;
}
