import type { Values } from "./values.ts";
import { isStringValues } from "./values-of.ts";

/** One of the two arrays of a copy: its values in C order, its shape, and where the block begins in it. */
export interface BlockEnd {
  readonly values: Values;
  readonly shape: readonly number[];
  /** Zeros where absent. */
  readonly start?: readonly number[];
}

/** Values walked with a step of their own along each dimension, counted in elements. */
export interface StridedEnd {
  readonly values: Values;
  readonly strides: readonly number[];
  readonly offset: number;
}

/**
 * Copies a block of `shape` elements between two n-dimensional arrays of the same type, as long runs as their shapes
 * allow. The block must lie inside both.
 * @param units entries of `Values` an element (`unitsPerElement(dtype)`)
 */
export function copyBlock(from: BlockEnd, to: BlockEnd, shape: readonly number[], units = 1): void {
  copyStrided(stridedEnd(from), stridedEnd(to), shape, units);
}

/** Like `copyBlock` for any steps: a transposition is a copy whose two ends walk in different order. */
export function copyStrided(from: StridedEnd, to: StridedEnd, shape: readonly number[], units = 1): void {
  if (shape.includes(0)) return;
  const { source, target, words } = wordsOf(from.values, to.values, units);
  const plan = mergedAxes(from.strides, to.strides, shape);
  const inner = plan.pop() ?? { length: 1, fromStep: 1, toStep: 1 };
  const copyInner = innerCopier(source, target, inner, words);
  const walk = (depth: number, fromAt: number, toAt: number): void => {
    const axis = plan[depth];
    if (axis === undefined) {
      copyInner(fromAt, toAt);
      return;
    }
    const fromStep = axis.fromStep * words;
    const toStep = axis.toStep * words;
    for (let position = 0; position < axis.length; position += 1) {
      walk(depth + 1, fromAt + position * fromStep, toAt + position * toStep);
    }
  };
  walk(0, from.offset * words, to.offset * words);
}

/** Elements between neighbours along each dimension of an array in C order. */
export function stridesOf(shape: readonly number[]): number[] {
  const result = new Array<number>(shape.length);
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
    result[axis] = stride;
    stride *= shape[axis] ?? 1;
  }
  return result;
}

function stridedEnd(end: BlockEnd): StridedEnd {
  const strides = stridesOf(end.shape);
  const offset = end.start?.reduce((sum, position, axis) => sum + position * (strides[axis] ?? 0), 0) ?? 0;
  return { values: end.values, strides, offset };
}

interface Axis {
  readonly length: number;
  readonly fromStep: number;
  readonly toStep: number;
}

/** Neighbouring dimensions that are one run on both sides become one; lengths of 1 vanish. */
function mergedAxes(
  fromStrides: readonly number[],
  toStrides: readonly number[],
  shape: readonly number[],
): Axis[] {
  const axes: Axis[] = [];
  for (const [position, length] of shape.entries()) {
    if (length === 1) continue;
    const axis: Axis = { length, fromStep: fromStrides[position] ?? 0, toStep: toStrides[position] ?? 0 };
    const outer = axes.at(-1);
    const isOneRun = outer?.fromStep === axis.fromStep * length && outer.toStep === axis.toStep * length;
    if (outer && isOneRun) axes[axes.length - 1] = { ...axis, length: outer.length * length };
    else axes.push(axis);
  }
  return axes;
}

type Words = Uint8Array | Uint16Array | Uint32Array | string[];

/** `TypedArray.set` costs about 100 ns a call, so short runs are copied word by word. */
const SHORT_RUN = 48;

function innerCopier(
  source: Words,
  target: Words,
  inner: Axis,
  words: number,
): (fromAt: number, toAt: number) => void {
  const isRun = inner.fromStep === 1 && inner.toStep === 1;
  const run = isRun ? inner.length * words : words;
  if (isRun && run > SHORT_RUN && !Array.isArray(source) && !Array.isArray(target)) {
    return (fromAt, toAt) => target.set(source.subarray(fromAt, fromAt + run), toAt);
  }
  const count = isRun ? 1 : inner.length;
  const fromStep = inner.fromStep * words;
  const toStep = inner.toStep * words;
  const read = source as Uint32Array; // both ends hold the same type: what is read from one fits the other
  const write = target as Uint32Array;
  return (fromAt, toAt) => {
    for (let position = 0; position < count; position += 1) {
      const readAt = fromAt + position * fromStep;
      const writeAt = toAt + position * toStep;
      for (let word = 0; word < run; word += 1) write[writeAt + word] = read[readAt + word] ?? 0;
    }
  };
}

/**
 * The values as unsigned integers of at most four bytes: floats must not pass through a JavaScript number, which may
 * change the bits of a NaN, and bigints are slow.
 */
function wordsOf(from: Values, to: Values, units: number): { source: Words; target: Words; words: number } {
  if (isStringValues(from) || isStringValues(to)) {
    return { source: from as string[], target: to as string[], words: units }; // both are strings, or the caller erred
  }
  const size = from.BYTES_PER_ELEMENT;
  return { source: unsigned(from), target: unsigned(to), words: units * Math.max(1, size / 4) };
}

function unsigned(values: Exclude<Values, readonly string[]>): Words {
  const { buffer, byteOffset, byteLength } = values;
  if (values.BYTES_PER_ELEMENT === 1) return new Uint8Array(buffer, byteOffset, byteLength);
  if (values.BYTES_PER_ELEMENT === 2) return new Uint16Array(buffer, byteOffset, byteLength / 2);
  return new Uint32Array(buffer, byteOffset, byteLength / 4);
}
