import type { BinaryValues, DataType, Values } from "@zarr-gateway/dataset";
import type { Kernel, KernelValues } from "./span.ts";

/** What is known of values that were seen so far, one entry a cell in each array. */
export type Accumulator = Record<string, BinaryValues>;

/** What a result is made from beside the accumulator. */
export interface FinishContext {
  /** Type of the result. */
  readonly dtype: DataType;
  /** How many values, missing ones included, belong to a cell. */
  positionsOf(cell: number): number;
  readonly cells: number;
}

/** How values become one: what is noted of them, and what comes of the notes. */
export interface Accumulation<Input = KernelValues> {
  create(cells: number): Accumulator;
  kernel(accumulator: Accumulator, factors: Float64Array | undefined): Kernel<Input>;
  /** Takes over what `other` has seen. */
  merge(into: Accumulator, other: Accumulator): void;
  finish(accumulator: Accumulator, context: FinishContext): Values;
}

/** An array of an accumulator. */
export function float64Of(accumulator: Accumulator, name: string): Float64Array {
  const values = accumulator[name];
  if (values instanceof Float64Array) return values;
  throw new TypeError(`the accumulator has no "${name}"`);
}

export function addAll(into: Float64Array, other: Float64Array): void {
  for (let cell = 0; cell < into.length; cell += 1) into[cell] = (into[cell] ?? 0) + (other[cell] ?? 0);
}
