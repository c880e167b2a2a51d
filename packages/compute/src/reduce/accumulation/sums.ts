import { type Accumulation, type Accumulator, addAll, float64Of } from "../accumulation.ts";
import type { Kernel, KernelValues, Span } from "../span.ts";

/** Sums in float64, and how many values are missing: counting what is rare costs less than counting what is there. */
export const sums: Pick<Accumulation, "create" | "kernel" | "merge"> = {
  create: (cells) => ({ sums: new Float64Array(cells) }),
  kernel: (accumulator) => sumKernel(float64Of(accumulator, "sums"), new MissingCounts(accumulator)),
  merge: mergeSums,
};

function mergeSums(into: Accumulator, other: Accumulator): void {
  addAll(float64Of(into, "sums"), float64Of(other, "sums"));
  const added = missingOf(other);
  if (added === undefined) return;
  const held = missingOf(into);
  if (held === undefined) into["missing"] = added;
  else addAll(held, added);
}

/** How many values of each cell are missing; undefined where none is. */
export function missingOf(accumulator: Accumulator): Float64Array | undefined {
  return "missing" in accumulator ? float64Of(accumulator, "missing") : undefined;
}

/** Counts that are made with the first value that is missing: most fields have all theirs, and half the memory is sums. */
class MissingCounts {
  readonly #accumulator: Accumulator;
  #counts: Float64Array | undefined;

  constructor(accumulator: Accumulator) {
    this.#accumulator = accumulator;
    this.#counts = missingOf(accumulator);
  }

  add(cell: number, count: number): void {
    const counts = this.#counts ?? this.#begin();
    counts[cell] = (counts[cell] ?? 0) + count;
  }

  #begin(): Float64Array {
    this.#counts = new Float64Array(float64Of(this.#accumulator, "sums").length);
    this.#accumulator["missing"] = this.#counts;
    return this.#counts;
  }
}

function sumKernel(sum: Float64Array, missing: MissingCounts): Kernel {
  return {
    rows(values, span) {
      const whole = span.rows - (span.rows % 4);
      for (let row = 0; row < whole; row += 4) addFourRows(values, span, row, sum, missing);
      for (let row = whole; row < span.rows; row += 1) addRow(values, span, row, sum, missing);
    },
    run: (values, span) => addRun(values, span, sum, missing),
  };
}

/** Four values are added before the sum is touched; where one of them is missing, one after the other. */
function addFourRows(
  values: KernelValues,
  { at, length, rowStep, cell }: Span,
  row: number,
  sum: Float64Array,
  missing: MissingCounts,
): void {
  let first = at + row * rowStep;
  let second = first + rowStep;
  let third = second + rowStep;
  let fourth = third + rowStep;
  for (let target = cell; target < cell + length; target += 1) {
    const a = values[first++] ?? 0;
    const b = values[second++] ?? 0;
    const c = values[third++] ?? 0;
    const d = values[fourth++] ?? 0;
    const four = a + b + (c + d);
    if (!Number.isNaN(four)) sum[target] = (sum[target] ?? 0) + four;
    else {
      const present =
        (!Number.isNaN(a) ? 1 : 0) +
        (!Number.isNaN(b) ? 1 : 0) +
        (!Number.isNaN(c) ? 1 : 0) +
        (!Number.isNaN(d) ? 1 : 0);
      missing.add(target, 4 - present);
      sum[target] =
        (sum[target] ?? 0) +
        (!Number.isNaN(a) ? a : 0) +
        (!Number.isNaN(b) ? b : 0) +
        (!Number.isNaN(c) ? c : 0) +
        (!Number.isNaN(d) ? d : 0);
    }
  }
}

function addRow(
  values: KernelValues,
  { at, length, rowStep, cell }: Span,
  row: number,
  sum: Float64Array,
  missing: MissingCounts,
): void {
  let from = at + row * rowStep;
  for (let target = cell; target < cell + length; target += 1) {
    const value = values[from++] ?? 0;
    if (!Number.isNaN(value)) sum[target] = (sum[target] ?? 0) + value;
    else missing.add(target, 1);
  }
}

function addRun(
  values: KernelValues,
  { at, length, step, cell }: Span,
  sum: Float64Array,
  missing: MissingCounts,
): void {
  let total = 0;
  let absent = 0;
  let from = at;
  const end = at + (length - (length % 4)) * step;
  for (; from < end; from += 4 * step) {
    const a = values[from] ?? 0;
    const b = values[from + step] ?? 0;
    const c = values[from + 2 * step] ?? 0;
    const d = values[from + 3 * step] ?? 0;
    const four = a + b + (c + d);
    if (!Number.isNaN(four)) total += four;
    else {
      absent +=
        (!Number.isNaN(a) ? 0 : 1) +
        (!Number.isNaN(b) ? 0 : 1) +
        (!Number.isNaN(c) ? 0 : 1) +
        (!Number.isNaN(d) ? 0 : 1);
      total +=
        (!Number.isNaN(a) ? a : 0) +
        (!Number.isNaN(b) ? b : 0) +
        (!Number.isNaN(c) ? c : 0) +
        (!Number.isNaN(d) ? d : 0);
    }
  }
  for (; from < at + length * step; from += step) {
    const value = values[from] ?? 0;
    if (!Number.isNaN(value)) total += value;
    else absent += 1;
  }
  sum[cell] = (sum[cell] ?? 0) + total;
  if (absent > 0) missing.add(cell, absent);
}
