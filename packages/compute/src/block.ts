import {
  allocateValues,
  type Chunk,
  copyBlock,
  copyStrided,
  type DataType,
  elementCount,
  type FillValue,
  filledValues,
  isStringValues,
  stridesOf,
  unitsPerElement,
  type Values,
} from "@zarr-gateway/dataset";

/** A part of a chunk and where it belongs in another one. */
export interface Block {
  readonly chunk: Chunk;
  /** Where the part begins in its chunk, and where in the other. */
  readonly from: readonly number[];
  readonly to: readonly number[];
  readonly shape: readonly number[];
  /** Steps from one element to the next in its chunk, negative ones walk back; 1 where absent. */
  readonly steps?: readonly number[] | undefined;
}

/** A chunk to be put together. */
export interface BlockJob {
  readonly dtype: DataType;
  /** What stands where no block lies. */
  readonly fill: FillValue | null;
  readonly shape: readonly number[];
  readonly blocks: readonly Block[];
}

/** Elements between the blocks have the fill value; blocks must not overlap. */
export function joinedBlocks({ dtype, fill, shape, blocks }: BlockJob): Values {
  const count = elementCount(shape);
  const covered = blocks.reduce((sum, block) => sum + elementCount(block.shape), 0);
  const values = covered === count ? allocateValues(dtype, count) : filledValues(dtype, count, fill);
  for (const block of blocks) copyPart(block, { values, shape }, unitsPerElement(dtype));
  return values;
}

/** Copies a block to where it belongs. */
function copyPart({ chunk, from, to, shape, steps }: Block, target: Chunk, units: number): void {
  if (steps === undefined) {
    copyBlock({ ...chunk, start: from }, { ...target, start: to }, shape, units);
    return;
  }
  const own = stridesOf(chunk.shape);
  const others = stridesOf(target.shape);
  const strides = own.map((stride, axis) => stride * (steps[axis] ?? 1));
  const source = { values: chunk.values, strides, offset: offsetOf(from, own) };
  copyStrided(source, { values: target.values, strides: others, offset: offsetOf(to, others) }, shape, units);
}

function offsetOf(start: readonly number[], strides: readonly number[]): number {
  return start.reduce((sum, position, axis) => sum + position * (strides[axis] ?? 0), 0);
}

/** Bytes copied before others get a turn: less than a millisecond also where the memory is touched for the first time. */
const SLICE_BYTES = 512 * 1024;

/** Copies a block in slices between which the event loop goes on. */
export async function copyInTurns(
  { chunk, from, to, shape, steps }: Block,
  target: { readonly values: Values; readonly shape: readonly number[] },
  dtype: DataType,
): Promise<void> {
  const units = unitsPerElement(dtype);
  for (const { start, part } of slicesOf(
    shape,
    bytesOf(chunk.values) / Math.max(1, chunk.values.length / units),
  )) {
    if (start.some((value) => value > 0)) await nextTurn();
    const walked = steps ? start.map((value, axis) => value * (steps[axis] ?? 1)) : start;
    copyPart({ chunk, from: sum(from, walked), to: sum(to, start), shape: part, steps }, target, units);
  }
}

/** Bytes under the values; of strings what they count at least. */
export function bytesOf(values: Values): number {
  return isStringValues(values) ? 16 * values.length : values.byteLength;
}

/** Parts of a block along its first dimension that is longer than 1. */
function* slicesOf(
  shape: readonly number[],
  elementBytes: number,
): Generator<{ readonly start: readonly number[]; readonly part: readonly number[] }> {
  const axis = shape.findIndex((length) => length > 1);
  const length = shape[axis] ?? 1;
  const rowBytes = (elementCount(shape) / length) * elementBytes;
  const rows = Math.max(1, Math.floor(SLICE_BYTES / Math.max(1, rowBytes)));
  for (let row = 0; row < length; row += rows) {
    yield {
      start: shape.map((_, at) => (at === axis ? row : 0)),
      part: shape.map((whole, at) => (at === axis ? Math.min(rows, length - row) : whole)),
    };
  }
}

function sum(left: readonly number[], right: readonly number[]): number[] {
  return left.map((value, at) => value + (right[at] ?? 0));
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
