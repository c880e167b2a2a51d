import {
  type ChunkIndex,
  type ChunkSource,
  elementCount,
  isInsideGrid,
  type StoredChunks,
} from "@zarr-gateway/dataset";
import { type AxisSelection, positionAt } from "./axis-selection.ts";
import { codecsWithout } from "./codecs-without.ts";

/** A stored chunk may hold so many times what is wanted of it: more is not worth the saved work. */
const MAX_SURPLUS = 2;

/**
 * True where chunks of this length hold what is wanted one after the other, each from its beginning: readers of Zarr
 * ignore what a chunk at the border holds beyond it.
 */
export function passesAlong({ runs }: AxisSelection, chunkLength: number): boolean {
  if (chunkLength === 1) return true;
  const [run, another] = runs;
  return run !== undefined && another === undefined && run.step === 1 && run.start % chunkLength === 0;
}

/** Stored chunks as those of the selection; undefined where they do not line up. */
export function selectedStored(
  source: ChunkSource,
  axes: readonly AxisSelection[],
): StoredChunks | undefined {
  const { stored } = source;
  if (stored === undefined) return undefined;
  const { chunkShape } = stored.grid;
  const dropped = axes.map(({ isDropped }) => isDropped);
  const fits = axes.every((selection, axis) => {
    const length = chunkShape[axis] ?? 1;
    return passesAlong(selection, length) && (length === 1 || !selection.isDropped);
  });
  if (!fits || surplus(source, axes) > MAX_SURPLUS) return undefined;
  const codecs = dropped.includes(true) ? codecsWithout(stored.codecs, dropped) : stored.codecs;
  if (codecs === undefined) return undefined;
  const isKept = (_: unknown, axis: number): boolean => dropped[axis] !== true;
  const grid = {
    shape: axes.filter(isKept).map(({ length }) => length),
    chunkShape: chunkShape.filter(isKept),
  };
  const at = (index: ChunkIndex): ChunkIndex => {
    let next = 0;
    return axes.map((selection, axis) => {
      const own = selection.isDropped ? 0 : (index[next++] ?? 0);
      const length = chunkShape[axis] ?? 1;
      return Math.floor(positionAt(selection, own * length) / length);
    });
  };
  return {
    grid,
    codecs,
    read: async (index, options) => (isInsideGrid(grid, index) ? stored.read(at(index), options) : undefined),
    stat: async (index, options) => (isInsideGrid(grid, index) ? stored.stat(at(index), options) : undefined),
    ...(stored.locate && {
      locate: async (index, options) =>
        isInsideGrid(grid, index) ? stored.locate?.(at(index), options) : undefined,
    }),
  };
}

/** How many times more elements the stored chunks hold, beyond what the array itself leaves empty in them. */
function surplus({ stored, grid }: ChunkSource, axes: readonly AxisSelection[]): number {
  const chunkShape = stored?.grid.chunkShape ?? [];
  const held = axes.map(({ runs, length }, axis) => {
    const chunk = chunkShape[axis] ?? 1;
    if (chunk === 1) return length;
    const start = runs[0]?.start ?? 0;
    return Math.min(Math.ceil(length / chunk) * chunk, (grid.shape[axis] ?? 0) - start);
  });
  return elementCount(held) / elementCount(axes.map(({ length }) => length));
}
