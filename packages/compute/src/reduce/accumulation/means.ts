import { allocatedNumbers } from "../../decoded/number-values.ts";
import { type Accumulation, float64Of } from "../accumulation.ts";
import { castNumbers } from "../cast.ts";
import { integersOf } from "../integers.ts";
import { missingOf, sums } from "./sums.ts";

/** Means of what is there, NaN where nothing is; divided in float64 and rounded once. */
export const means: Accumulation = {
  ...sums,
  finish(accumulator, { dtype, positionsOf, cells }) {
    const [sum, missing] = [float64Of(accumulator, "sums"), missingOf(accumulator)];
    const result = allocatedNumbers(dtype, cells);
    for (let cell = 0; cell < cells; cell += 1) {
      const count = positionsOf(cell) - (missing?.[cell] ?? 0);
      result[cell] = count === 0 ? Number.NaN : (sum[cell] ?? 0) / count;
    }
    return result;
  },
};

/** Sums of what is there, 0 where nothing is; those of integers are exact as long as they are below 2⁵³. */
export const totals: Accumulation = {
  ...sums,
  finish(accumulator, { dtype }) {
    const sum = float64Of(accumulator, "sums");
    if (dtype === "int64") return integersOf(sum);
    if (dtype !== "uint64") return castNumbers(sum, dtype);
    return new BigUint64Array(integersOf(sum).buffer);
  },
};

/** How many values are there. */
export const counts: Accumulation = {
  ...sums,
  finish(accumulator, { positionsOf, cells }) {
    const missing = missingOf(accumulator);
    const present = new Float64Array(cells);
    for (let cell = 0; cell < cells; cell += 1) present[cell] = positionsOf(cell) - (missing?.[cell] ?? 0);
    return integersOf(present);
  },
};
