import { type NumberValues, toNumbers } from "../../decoded/number-values.ts";
import type { Reduction } from "../reduction.ts";
import type { ScanJob, ScanStep } from "./scan-job.ts";

type Rolling = Extract<ScanStep, { readonly kind: "rolling" }>;

/** Reductions of the last values of each line; a window that reaches past the array has fewer. */
export function rollingLine(
  { values, shape, axis, lead, length }: ScanJob,
  { action, window, after, minPeriods }: Rolling,
  result: NumberValues,
): (line: { readonly from: number; readonly to: number; readonly step: number }) => void {
  const source = toNumbers(values);
  const whole = shape[axis] ?? 0;
  const line = new Float64Array(whole);
  const present = new Float64Array(Math.min(window, whole));
  const isSingle = source instanceof Float32Array;
  return ({ from, to, step }) => {
    for (let at = 0; at < whole; at += 1) line[at] = source[from + at * step] ?? 0;
    for (let at = 0; at < length; at += 1) {
      const end = Math.min(whole, lead + at + after + 1);
      const start = Math.max(0, lead + at + after + 1 - window);
      let count = 0;
      for (let place = start; place < end; place += 1) {
        const value = line[place] ?? 0;
        if (!Number.isNaN(value)) present[count++] = value;
      }
      result[to + at * step] = count < minPeriods ? Number.NaN : REDUCE[action](present, count, isSingle);
    }
  };
}

type Reduce = (values: Float64Array, count: number, isSingle: boolean) => number;

const REDUCE: Readonly<Record<Reduction, Reduce>> = {
  sum: sumOf,
  mean: (values, count) => sumOf(values, count) / count,
  count: (_values, count) => count,
  min: (values, count) => best(values, count, (value, held) => value < held),
  max: (values, count) => best(values, count, (value, held) => value > held),
  var: varianceOf,
  std: (values, count) => Math.sqrt(varianceOf(values, count)),
  median: medianOf,
  first: (values, count) => (count === 0 ? Number.NaN : (values[0] ?? 0)),
  last: (values, count) => values[count - 1] ?? Number.NaN,
};

function sumOf(values: Float64Array, count: number): number {
  let sum = 0;
  for (let at = 0; at < count; at += 1) sum += values[at] ?? 0;
  return sum;
}

function best(
  values: Float64Array,
  count: number,
  isBetter: (value: number, held: number) => boolean,
): number {
  let held = count === 0 ? Number.NaN : (values[0] ?? 0);
  for (let at = 1; at < count; at += 1) {
    const value = values[at] ?? 0;
    if (isBetter(value, held)) held = value;
  }
  return held;
}

function varianceOf(values: Float64Array, count: number): number {
  const mean = sumOf(values, count) / count;
  let sum = 0;
  for (let at = 0; at < count; at += 1) sum += ((values[at] ?? 0) - mean) ** 2;
  return sum / count;
}

/** Rounded as numpy does: the two in the middle are added as float32 where they are such. */
function medianOf(values: Float64Array, count: number, isSingle: boolean): number {
  if (count === 0) return Number.NaN;
  const sorted = values.slice(0, count).sort();
  const upper = sorted[count >> 1] ?? 0;
  if (count % 2 === 1) return upper;
  const sum = (sorted[(count >> 1) - 1] ?? 0) + upper;
  return (isSingle ? Math.fround(sum) : sum) / 2;
}
