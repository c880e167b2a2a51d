import { allocatedNumbers } from "../../decoded/number-values.ts";
import { type Accumulation, type Accumulator, float64Of } from "../accumulation.ts";
import type { Kernel, KernelValues, Span } from "../span.ts";

/**
 * Variance without a second look at the data, and without the loss of a difference of large sums: the values of a span
 * are compared with their own mean, and spans are joined as Chan, Golub and LeVeque (1979) do.
 */
export function deviations(isRoot: boolean): Accumulation {
  return {
    create: (cells) => ({
      counts: new Float64Array(cells),
      means: new Float64Array(cells),
      squares: new Float64Array(cells),
    }),
    kernel: (accumulator) => deviationKernel(notes(accumulator)),
    merge(into, other) {
      const [held, added] = [notes(into), notes(other)];
      for (let cell = 0; cell < held.counts.length; cell += 1) {
        join(held, cell, added.counts[cell] ?? 0, added.means[cell] ?? 0, added.squares[cell] ?? 0);
      }
    },
    finish(accumulator, { dtype, cells }) {
      const { counts, squares } = notes(accumulator);
      const result = allocatedNumbers(dtype, cells);
      for (let cell = 0; cell < cells; cell += 1) {
        const count = counts[cell] ?? 0;
        const variance = count === 0 ? Number.NaN : (squares[cell] ?? 0) / count;
        result[cell] = isRoot ? Math.sqrt(variance) : variance;
      }
      return result;
    },
  };
}

interface Notes {
  readonly counts: Float64Array;
  readonly means: Float64Array;
  readonly squares: Float64Array;
}

function notes(accumulator: Accumulator): Notes {
  return {
    counts: float64Of(accumulator, "counts"),
    means: float64Of(accumulator, "means"),
    squares: float64Of(accumulator, "squares"),
  };
}

function join(
  { counts, means, squares }: Notes,
  cell: number,
  count: number,
  mean: number,
  square: number,
): void {
  if (count === 0) return;
  const held = counts[cell] ?? 0;
  const total = held + count;
  const difference = mean - (means[cell] ?? 0);
  counts[cell] = total;
  means[cell] = held === 0 ? mean : (means[cell] ?? 0) + (difference * count) / total;
  squares[cell] =
    (squares[cell] ?? 0) + square + (held === 0 ? 0 : (difference * difference * held * count) / total);
}

function deviationKernel(held: Notes): Kernel {
  return {
    rows(values, span) {
      for (let position = 0; position < span.length; position += 1) {
        column(values, span, position, held);
      }
    },
    run: (values, { at, length, step, cell }) => spanOf(values, { at, length, step }, cell, held),
  };
}

function column(
  values: KernelValues,
  { at, rows, rowStep, cell }: Span,
  position: number,
  held: Notes,
): void {
  spanOf(values, { at: at + position, length: rows, step: rowStep }, cell + position, held);
}

interface Values {
  readonly at: number;
  readonly length: number;
  readonly step: number;
}

function spanOf(values: KernelValues, { at, length, step }: Values, cell: number, held: Notes): void {
  let count = 0;
  let sum = 0;
  let from = at;
  for (let position = 0; position < length; position += 1, from += step) {
    const value = values[from] ?? 0;
    if (!Number.isNaN(value)) {
      sum += value;
      count += 1;
    }
  }
  const mean = sum / count;
  let square = 0;
  from = at;
  for (let position = 0; position < length; position += 1, from += step) {
    const value = values[from] ?? 0;
    if (!Number.isNaN(value)) square += (value - mean) * (value - mean);
  }
  join(held, cell, count, mean, square);
}
