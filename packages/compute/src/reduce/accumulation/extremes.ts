import { type Accumulation, float64Of } from "../accumulation.ts";
import { castNumbers } from "../cast.ts";
import type { Kernel } from "../span.ts";

/** The smallest or largest value that is there, NaN where nothing is; in float64, which holds every number up to 32 bits. */
export function extremes(isMinimum: boolean): Accumulation {
  return {
    create: (cells) => ({ best: new Float64Array(cells).fill(Number.NaN) }),
    kernel: (accumulator) => {
      const best = float64Of(accumulator, "best");
      return isMinimum ? minimumKernel(best) : maximumKernel(best);
    },
    merge(into, other) {
      const [best, others] = [float64Of(into, "best"), float64Of(other, "best")];
      for (let cell = 0; cell < best.length; cell += 1) {
        const [held = Number.NaN, value = Number.NaN] = [best[cell], others[cell]];
        const isBetter = isMinimum ? value < held : value > held;
        if (isBetter || Number.isNaN(held)) best[cell] = value;
      }
    },
    finish: (accumulator, { dtype }) => castNumbers(float64Of(accumulator, "best"), dtype),
  };
}

function minimumKernel(best: Float64Array): Kernel {
  return {
    rows(values, { at, length, rows, rowStep, cell }) {
      for (let row = 0; row < rows; row += 1) {
        let from = at + row * rowStep;
        for (let target = cell; target < cell + length; target += 1) {
          const value = values[from++] ?? 0;
          const held = best[target] ?? 0;
          if (value < held || Number.isNaN(held)) best[target] = value;
        }
      }
    },
    run(values, { at, length, step, cell }) {
      let held = best[cell] ?? 0;
      for (let from = at; from < at + length * step; from += step) {
        const value = values[from] ?? 0;
        if (value < held || Number.isNaN(held)) held = value;
      }
      best[cell] = held;
    },
  };
}

function maximumKernel(best: Float64Array): Kernel {
  return {
    rows(values, { at, length, rows, rowStep, cell }) {
      for (let row = 0; row < rows; row += 1) {
        let from = at + row * rowStep;
        for (let target = cell; target < cell + length; target += 1) {
          const value = values[from++] ?? 0;
          const held = best[target] ?? 0;
          if (value > held || Number.isNaN(held)) best[target] = value;
        }
      }
    },
    run(values, { at, length, step, cell }) {
      let held = best[cell] ?? 0;
      for (let from = at; from < at + length * step; from += step) {
        const value = values[from] ?? 0;
        if (value > held || Number.isNaN(held)) held = value;
      }
      best[cell] = held;
    },
  };
}
