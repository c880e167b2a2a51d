import type { BinaryValues } from "@zarr-gateway/dataset";

/** What kernels read: numbers of one of two types, so that their loops stay fast; 64-bit integers as they are. */
export type KernelValues = Float32Array | Float64Array;

/**
 * A part of a chunk that a loop goes through in one call. One object is used for all calls: what it says holds until the
 * kernel returns.
 */
export interface Span {
  /** Position of the first value. */
  at: number;
  /** Values, or neighbouring cells, one after the other. */
  length: number;
  /** Elements between them; 1 between the values of neighbouring cells. */
  step: number;
  /** Values of each cell. */
  rows: number;
  rowStep: number;
  /** The first cell of the accumulator. */
  cell: number;
  /** A second position that goes along: of a weight, or the place among all that are reduced. */
  factor: number;
  factorStep: number;
  factorRowStep: number;
}

/** The two loops of a reduction, over chunks whose last axis is kept, and over those whose last axis is reduced. */
export interface Kernel<Input = KernelValues> {
  /** `length` neighbouring cells, `rows` values to each. */
  rows(values: Input, span: Span): void;
  /** `length` values to one cell. */
  run(values: Input, span: Span): void;
}

export type BigValues = Extract<BinaryValues, BigInt64Array | BigUint64Array>;
