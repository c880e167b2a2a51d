import type { GridAxis, TensorPlan } from "../model-package.ts";

/** Where the elements of a tensor lie, in elements, for one length of its batch axis. */
export interface TensorGeometry {
  readonly shape: readonly number[];
  readonly length: number;
  /** From one row of the batch to the next; 0 where there is no such axis. */
  readonly rowStride: number;
  readonly timeStride: number;
  /** Of the first cell of each channel. */
  readonly channelOffsets: readonly number[];
  /** The cells of a channel in pieces, all together the grid in C order; one cell where the layout has no grid. */
  readonly tiles: readonly Tile[];
}

/** A stretch of the grid: runs of cells that lie one `stride` apart in the tensor. */
export interface Tile {
  /** First cell, in C order of the grid. */
  readonly first: number;
  /** Offset from the channel's first cell at which each run starts. */
  readonly starts: readonly number[];
  /** Cells of a run. */
  readonly count: number;
  readonly stride: number;
}

/** Cells of a tile where channels are interleaved: their lines stay in the cache from one channel to the next. */
const INTERLEAVED_CELLS = 1024;
/**
 * Cells of a tile where they lie side by side. Loops over whole fields are long and called seldom, so that V8 compiles them
 * while they run, knowing nothing of what follows, and starts anew at each of their ends: three times slower.
 */
const CONTIGUOUS_CELLS = 8192;

interface Loop {
  readonly count: number;
  readonly stride: number;
}

/** The geometry of a tensor whose axes stand in the order of its layout; flattened axes change its shape alone. */
export function tensorGeometry(
  plan: Pick<TensorPlan, "layout" | "times" | "channels" | "levelCount" | "scale">,
  grid: readonly GridAxis[],
  rows: number,
): TensorGeometry {
  const space = grid.map(({ name, labels }, axis) => ({
    name,
    count: labels.length * (plan.scale?.[axis] ?? 1),
  }));
  const lengthOf = axisLengths(plan, space, rows);
  const strides = new Map<string, number>();
  let length = 1;
  for (const axis of plan.layout.flat().reverse()) {
    strides.set(axis, length);
    length *= lengthOf(axis);
  }
  const stride = (axis: string): number => strides.get(axis) ?? 0;
  return {
    shape: plan.layout.map((axes) => axes.reduce((product, axis) => product * lengthOf(axis), 1)),
    length,
    rowStride: stride("batch"),
    timeStride: stride("time"),
    channelOffsets: plan.channels.map((_, channel) =>
      strides.has("channel")
        ? channel * stride("channel")
        : Math.floor(channel / plan.levelCount) * stride("variable") +
          (channel % plan.levelCount) * stride("level"),
    ),
    tiles: tilesOf(
      space.flatMap(({ name, count }) => (strides.has(name) ? [{ count, stride: stride(name) }] : [])),
    ),
  };
}

function axisLengths(
  plan: Pick<TensorPlan, "times" | "channels" | "levelCount">,
  space: readonly { readonly name: string; readonly count: number }[],
  rows: number,
): (axis: string) => number {
  const lengths = new Map([
    ["batch", rows],
    ["time", plan.times.length],
    ["channel", plan.channels.length],
    ["variable", plan.channels.length / plan.levelCount],
    ["level", plan.levelCount],
    ...space.map(({ name, count }): [string, number] => [name, count]),
  ]);
  return (axis) => lengths.get(axis) ?? 1;
}

function tilesOf(axes: readonly Loop[]): Tile[] {
  const loops = merged(axes);
  const inner = loops.pop() ?? { count: 1, stride: 1 };
  if (loops.length > 0)
    return [{ first: 0, starts: startsOf(loops), count: inner.count, stride: inner.stride }];
  const cells = inner.stride === 1 ? CONTIGUOUS_CELLS : INTERLEAVED_CELLS;
  const tiles: Tile[] = [];
  for (let first = 0; first < inner.count; first += cells)
    tiles.push({
      first,
      starts: [first * inner.stride],
      count: Math.min(cells, inner.count - first),
      stride: inner.stride,
    });
  return tiles;
}

/** Neighbouring loops that walk the tensor as one are one. */
function merged(axes: readonly Loop[]): Loop[] {
  const loops: Loop[] = [];
  for (const axis of axes) {
    if (axis.count === 1) continue;
    const outer = loops.at(-1);
    if (outer?.stride === axis.stride * axis.count)
      loops.splice(-1, 1, { count: outer.count * axis.count, stride: axis.stride });
    else loops.push(axis);
  }
  return loops;
}

function startsOf(loops: readonly Loop[]): number[] {
  let starts = [0];
  for (const { count, stride } of loops)
    starts = starts.flatMap((start) => Array.from({ length: count }, (_, i) => start + i * stride));
  return starts;
}
