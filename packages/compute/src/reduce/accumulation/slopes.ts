import { allocatedNumbers } from "../../decoded/number-values.ts";
import { type Accumulation, addAll, float64Of } from "../accumulation.ts";
import type { Kernel } from "../span.ts";

const NAMES = ["counts", "x", "xx", "y", "xy"] as const;

/**
 * Slopes of the least-squares line through values over factors, of what is there. The factors have their mean at 0, so
 * that no large sums are subtracted. Fewer than two values have none.
 */
export const slopes: Accumulation = {
  create: (cells) => Object.fromEntries(NAMES.map((name) => [name, new Float64Array(cells)])),
  kernel(accumulator, factors = new Float64Array()) {
    const [counts, x, xx, y, xy] = NAMES.map((name) => float64Of(accumulator, name));
    if (!counts || !x || !xx || !y || !xy) throw new TypeError("the accumulator holds no slopes");
    const see = (value: number, place: number, cell: number): void => {
      if (Number.isNaN(value)) return;
      const factor = factors[place] ?? 0;
      counts[cell] = (counts[cell] ?? 0) + 1;
      x[cell] = (x[cell] ?? 0) + factor;
      xx[cell] = (xx[cell] ?? 0) + factor * factor;
      y[cell] = (y[cell] ?? 0) + value;
      xy[cell] = (xy[cell] ?? 0) + factor * value;
    };
    return eachNumber(see);
  },
  merge(into, other) {
    for (const name of NAMES) addAll(float64Of(into, name), float64Of(other, name));
  },
  finish(accumulator, { dtype, cells }) {
    const [counts, x, xx, y, xy] = NAMES.map((name) => float64Of(accumulator, name));
    const result = allocatedNumbers(dtype, cells);
    for (let cell = 0; cell < cells; cell += 1) {
      const count = counts?.[cell] ?? 0;
      const [sumX, sumY] = [x?.[cell] ?? 0, y?.[cell] ?? 0];
      const spread = (xx?.[cell] ?? 0) - (sumX * sumX) / count;
      const common = (xy?.[cell] ?? 0) - (sumX * sumY) / count;
      result[cell] = count < 2 ? Number.NaN : common / spread;
    }
    return result;
  },
};

function eachNumber(see: (value: number, place: number, cell: number) => void): Kernel {
  return {
    rows(values, { at, length, rows, rowStep, cell, factor, factorStep, factorRowStep }) {
      for (let row = 0; row < rows; row += 1) {
        const [start, place] = [at + row * rowStep, factor + row * factorRowStep];
        for (let position = 0; position < length; position += 1) {
          see(values[start + position] ?? 0, place + position * factorStep, cell + position);
        }
      }
    },
    run(values, { at, length, step, cell, factor, factorStep }) {
      for (let position = 0; position < length; position += 1) {
        see(values[at + position * step] ?? 0, factor + position * factorStep, cell);
      }
    },
  };
}
