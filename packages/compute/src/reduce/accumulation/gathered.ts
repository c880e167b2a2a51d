import { allocatedNumbers } from "../../decoded/number-values.ts";
import { type Accumulation, type Accumulator, float64Of } from "../accumulation.ts";
import { quantileOf, sortedPresent } from "../quantile.ts";
import type { Kernel } from "../span.ts";

export interface GatherOptions {
  /** Values of each cell. */
  readonly places: number;
  /** Which of them make one result each, in order; all of them where absent. */
  readonly groups: readonly Int32Array[] | undefined;
  /** Cells between neighbours of the grouped axis: results of a group lie this far apart. */
  readonly groupStep: number;
  /** What is asked of the sorted values: the middle, or numbers from 0 to 1. */
  readonly wanted: "median" | readonly number[];
  /** True where the values came as float32: the middle of two is rounded to that. */
  readonly isSingle: boolean;
}

/**
 * All values, cell by cell, for what needs them sorted. Results have the quantiles outermost, then the cells, in which
 * groups have their axis.
 */
export function gathered(options: GatherOptions): Accumulation {
  const { places } = options;
  return {
    create: (cells) => ({
      values: allocatedNumbers(options.isSingle ? "float32" : "float64", cells * places),
    }),
    kernel: (accumulator) => gatherKernel(valuesOf(accumulator), places),
    merge() {
      throw new TypeError("gathered values are never merged: there is one accumulator");
    },
    finish(accumulator, { dtype, cells }) {
      const values = valuesOf(accumulator);
      const groups = options.groups ?? [undefined];
      const quantiles = options.wanted === "median" ? [0.5] : options.wanted;
      const result = allocatedNumbers(dtype, quantiles.length * cells * groups.length);
      const buffer = values.slice(0, places);
      const step = options.groups === undefined ? 1 : options.groupStep;
      for (let cell = 0; cell < cells; cell += 1) {
        const own = values.subarray(cell * places, (cell + 1) * places);
        const outer = Math.floor(cell / step) * step * groups.length + (cell % step);
        for (const [group, members] of groups.entries()) {
          const sorted = sortedPresent(own, members, buffer);
          for (const [at, quantile] of quantiles.entries()) {
            const target = at * cells * groups.length + outer + group * step;
            result[target] = quantileOf(
              sorted,
              options.wanted === "median" ? "median" : quantile,
              options.isSingle,
            );
          }
        }
      }
      return result;
    },
  };
}

function valuesOf(accumulator: Accumulator): Float32Array | Float64Array {
  const values = accumulator["values"];
  return values instanceof Float32Array ? values : float64Of(accumulator, "values");
}

function gatherKernel(target: Float32Array | Float64Array, places: number): Kernel {
  return {
    rows(values, { at, length, rows, rowStep, cell, factor, factorStep, factorRowStep }) {
      for (let position = 0; position < length; position += 1) {
        let to = (cell + position) * places + factor + position * factorStep;
        let from = at + position;
        for (let row = 0; row < rows; row += 1, from += rowStep, to += factorRowStep)
          target[to] = values[from] ?? 0;
      }
    },
    run(values, { at, length, step, cell, factor, factorStep }) {
      let to = cell * places + factor;
      for (let from = at; from < at + length * step; from += step, to += factorStep)
        target[to] = values[from] ?? 0;
    },
  };
}
