import { allocatedNumbers } from "../../decoded/number-values.ts";
import { type Accumulation, addAll, float64Of } from "../accumulation.ts";
import type { Kernel } from "../span.ts";

/** Means weighted by factors, over what is there; NaN where nothing is, or its weights are 0 together. */
export const weightedMeans: Accumulation = {
  create: (cells) => ({ sums: new Float64Array(cells), weights: new Float64Array(cells) }),
  kernel: (accumulator, factors = new Float64Array()) =>
    weightedKernel(float64Of(accumulator, "sums"), float64Of(accumulator, "weights"), factors),
  merge(into, other) {
    addAll(float64Of(into, "sums"), float64Of(other, "sums"));
    addAll(float64Of(into, "weights"), float64Of(other, "weights"));
  },
  finish(accumulator, { dtype, cells }) {
    const [sums, weights] = [float64Of(accumulator, "sums"), float64Of(accumulator, "weights")];
    const result = allocatedNumbers(dtype, cells);
    for (let cell = 0; cell < cells; cell += 1) {
      const weight = weights[cell] ?? 0;
      result[cell] = weight === 0 ? Number.NaN : (sums[cell] ?? 0) / weight;
    }
    return result;
  },
};

function weightedKernel(sums: Float64Array, weights: Float64Array, factors: Float64Array): Kernel {
  return {
    rows(values, { at, length, rows, rowStep, cell, factor, factorStep, factorRowStep }) {
      for (let row = 0; row < rows; row += 1) {
        let from = at + row * rowStep;
        let place = factor + row * factorRowStep;
        for (let target = cell; target < cell + length; target += 1) {
          const value = values[from++] ?? 0;
          const weight = factors[place] ?? 0;
          place += factorStep;
          if (Number.isNaN(value)) continue;
          sums[target] = (sums[target] ?? 0) + value * weight;
          weights[target] = (weights[target] ?? 0) + weight;
        }
      }
    },
    run(values, { at, length, step, cell, factor, factorStep }) {
      let sum = 0;
      let total = 0;
      let from = at;
      let place = factor;
      for (let position = 0; position < length; position += 1) {
        const value = values[from] ?? 0;
        const weight = factors[place] ?? 0;
        from += step;
        place += factorStep;
        if (Number.isNaN(value)) continue;
        sum += value * weight;
        total += weight;
      }
      sums[cell] = (sums[cell] ?? 0) + sum;
      weights[cell] = (weights[cell] ?? 0) + total;
    },
  };
}
