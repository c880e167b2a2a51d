import { type ChunkGrid, elementCount } from "@zarr-gateway/dataset";
import { GatewayError } from "@zarr-gateway/primitives";
import type { Groups } from "./reduction.ts";

/** What a reduction does to the axes of its source, and the chunks that its result comes in. */
export interface ReduceShape {
  readonly source: ChunkGrid;
  readonly isReduced: readonly boolean[];
  readonly groups: Groups | undefined;
  /** Source axis of each axis of the result. */
  readonly axes: readonly number[];
  /** Of the result, the axis of quantiles left out. */
  readonly grid: ChunkGrid;
  /** Positions of the reduced axes together. */
  readonly reducedCount: number;
  /** True where all values of a cell are held, groups one after the other. */
  readonly gathers: boolean;
}

export interface ShapeOptions {
  readonly isReduced: readonly boolean[];
  readonly groups: Groups | undefined;
  readonly gathers: boolean;
  /** Of one decoded value. */
  readonly valueBytes: number;
  /** Chunks of the result are not put together, nor groups that lie in different chunks of the source. */
  readonly isSparing?: boolean;
}

/** Cells of one accumulator: 16 bytes each and there are several, so this bounds memory. */
const MAX_CELLS = 2 * 1024 * 1024;
/** A chunk of the source may have more cells than that; reading it twice would cost more than holding them. */
const MAX_SLAB_CELLS = 8 * 1024 * 1024;
/** Results are put together up to this size, as long as no chunk of them takes long. */
const COMMON_CELLS = 64 * 1024;
const COMMON_SOURCE_BYTES = 64 * 1024 * 1024;
/** What all values of a chunk's cells may take, and those of one cell at most. */
const GATHERED_BYTES = 64 * 1024 * 1024;
const MAX_CELL_BYTES = 512 * 1024 * 1024;

/**
 * Chunks of the result cover whole chunks of the source along the kept axes, so that none is read for two of them, and all
 * groups where their sums fit into memory.
 * @throws GatewayError unsupported where one result needs more values at once than memory is given to
 */
export function reduceShape(source: ChunkGrid, options: ShapeOptions): ReduceShape {
  const { isReduced, groups, gathers, valueBytes, isSparing = false } = options;
  const axes = source.shape.flatMap((_, axis) => (isReduced[axis] === true ? [] : [axis]));
  const shape = axes.map((axis) => (axis === groups?.axis ? groups.count : (source.shape[axis] ?? 0)));
  const lengths = axes.map((axis, at) => {
    const own = source.chunkShape[axis] ?? 1;
    const length = axis !== groups?.axis ? own : isSparing ? Math.min(own, groups.count) : groups.count;
    return Math.max(1, Math.min(length, shape[at] ?? 1));
  });
  const reducedCount = elementCount(source.shape.filter((_, axis) => isReduced[axis] === true));
  const groupAt = axes.indexOf(groups?.axis ?? -1);
  const held = reducedCount * (groups === undefined ? 1 : (source.shape[groups.axis] ?? 1));
  const sizing: Sizing = { shape, source: axes.map((axis) => source.chunkShape[axis] ?? 1), groupAt };
  if (gathers) shrinkGathered(lengths, sizing, held * valueBytes);
  else shrink(lengths, sizing);
  const bytes = gathers ? GATHERED_BYTES : COMMON_SOURCE_BYTES;
  if (!isSparing) grow(lengths, sizing, { perCell: held * valueBytes, bytes });
  return { source, isReduced, groups, axes, grid: { shape, chunkShape: lengths }, reducedCount, gathers };
}

interface Sizing {
  readonly shape: readonly number[];
  /** Chunk lengths of the source along the axes of the result. */
  readonly source: readonly number[];
  /** Which of them has groups; -1 for none. */
  readonly groupAt: number;
}

/** Fewer groups first, because chunks of the source seldom have values of all; then shorter outer axes. */
function shrink(lengths: number[], { groupAt }: Sizing): void {
  if (groupAt >= 0) {
    const slab = elementCount(lengths) / (lengths[groupAt] ?? 1);
    lengths[groupAt] = Math.max(1, Math.min(lengths[groupAt] ?? 1, Math.floor(MAX_CELLS / slab)));
  }
  shorten(lengths, groupAt, MAX_SLAB_CELLS);
}

function shrinkGathered(lengths: number[], { groupAt }: Sizing, cellBytes: number): void {
  if (cellBytes > MAX_CELL_BYTES) {
    throw new GatewayError(
      "unsupported",
      `each result would need ${cellBytes} bytes of values sorted at once, at most ${MAX_CELL_BYTES} are; take fewer dimensions or a part of them`,
      { bytes: cellBytes },
    );
  }
  const groups = groupAt >= 0 ? (lengths[groupAt] ?? 1) : 1;
  shorten(lengths, groupAt, groups * Math.max(1, Math.floor(GATHERED_BYTES / Math.max(1, cellBytes))));
}

/** Cuts axes from the outermost on until there are no more elements than asked for. */
function shorten(lengths: number[], except: number, most: number): void {
  for (let axis = 0; axis < lengths.length && elementCount(lengths) > most; axis += 1) {
    if (axis === except) continue;
    const others = elementCount(lengths) / (lengths[axis] ?? 1);
    lengths[axis] = Math.max(1, Math.min(lengths[axis] ?? 1, Math.floor(most / others)));
  }
}

/** Several chunks of the source beside each other where results are small and quickly made, from the innermost axis on. */
function grow(
  lengths: number[],
  { shape, source, groupAt }: Sizing,
  most: { perCell: number; bytes: number },
): void {
  for (let axis = lengths.length - 1; axis >= 0; axis -= 1) {
    const [length = 1, step = 1] = [lengths[axis], source[axis]];
    if (axis === groupAt || length % step !== 0) continue;
    const others = elementCount(lengths) / length;
    const groups = groupAt >= 0 ? (lengths[groupAt] ?? 1) : 1;
    const cells = Math.min(COMMON_CELLS, (most.bytes / Math.max(1, most.perCell)) * groups);
    const steps = Math.floor(cells / (others * step));
    if (steps * step > length) lengths[axis] = Math.max(1, Math.min(shape[axis] ?? 1, steps * step));
    if ((lengths[axis] ?? 1) < (shape[axis] ?? 1)) return;
  }
}
