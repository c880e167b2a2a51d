import type { NumberValues } from "../decoded/number-values.ts";
import type { Weights } from "./weights.ts";

/** Weights along one axis of an array in C order; for several axes at once these are taken for one. */
export interface RegridStage {
  /** Elements before, along and behind the axis. */
  readonly outer: number;
  readonly inner: number;
  readonly weights: Weights;
}

/**
 * The stages one after the other. Where `skipsMissing`, missing values take no part and the rest of a target's weights
 * counts for all; else what touches a missing value is missing.
 */
export function applyStages(
  values: NumberValues,
  stages: readonly RegridStage[],
  skipsMissing: boolean,
): Float64Array {
  const plain = inTurn(values, stages);
  // what is missing shows in what it touches, which is less to look through
  if (!skipsMissing || !hasMissing(plain)) return plain;
  const Numbers = values instanceof Float32Array ? Float32Array : Float64Array;
  const [filled, known] = [new Numbers(values), new Numbers(values.length).fill(1)];
  for (let at = 0; at < values.length; at += 1) {
    if (!Number.isNaN(filled[at])) continue;
    filled[at] = 0;
    known[at] = 0;
  }
  const [sums, shares] = [inTurn(filled, stages), inTurn(known, stages)];
  for (let at = 0; at < sums.length; at += 1) {
    const share = shares[at] ?? 0;
    sums[at] = share > 1e-9 ? (sums[at] ?? 0) / share : Number.NaN;
  }
  return sums;
}

function inTurn(values: NumberValues, stages: readonly RegridStage[]): Float64Array {
  let result: NumberValues = values;
  for (const stage of stages) result = applied(result, stage);
  return result instanceof Float64Array ? result : Float64Array.from(result);
}

function applied(input: NumberValues, { outer, inner, weights }: RegridStage): Float64Array {
  const output = new Float64Array(outer * weights.count * inner);
  if (inner === 1) contiguous(input, output, outer, weights);
  else strided(input, output, { outer, inner, weights });
  return output;
}

function contiguous(
  input: NumberValues,
  output: Float64Array,
  outer: number,
  { count, sourceCount, starts, sources, factors }: Weights,
): void {
  for (let row = 0; row < outer; row += 1) {
    const from = row * sourceCount;
    for (let target = 0; target < count; target += 1) {
      const [start, end] = [starts[target] ?? 0, starts[target + 1] ?? 0];
      let sum = start === end ? Number.NaN : 0;
      for (let at = start; at < end; at += 1) {
        sum += (factors[at] as number) * (input[from + (sources[at] as number)] as number); // inside by construction
      }
      output[row * count + target] = sum;
    }
  }
}

function strided(
  input: NumberValues,
  output: Float64Array,
  { outer, inner, weights: { count, sourceCount, starts, sources, factors } }: RegridStage,
): void {
  for (let row = 0; row < outer; row += 1) {
    for (let target = 0; target < count; target += 1) {
      const to = (row * count + target) * inner;
      const [start, end] = [starts[target] ?? 0, starts[target + 1] ?? 0];
      if (start === end) output.fill(Number.NaN, to, to + inner);
      for (let at = start; at < end; at += 1) {
        const factor = factors[at] as number; // inside by construction
        const from = (row * sourceCount + (sources[at] as number)) * inner;
        for (let next = 0; next < inner; next += 1) {
          output[to + next] = (output[to + next] as number) + factor * (input[from + next] as number);
        }
      }
    }
  }
}

function hasMissing(values: NumberValues): boolean {
  for (let at = 0; at < values.length; at += 1) if (Number.isNaN(values[at])) return true;
  return false;
}
