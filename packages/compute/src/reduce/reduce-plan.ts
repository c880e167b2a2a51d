import {
  type ChunkIndex,
  chunkCounts,
  clippedShape,
  elementCount,
  indexAt,
  stridesOf,
} from "@zarr-gateway/dataset";
import type { Layout, LayoutAxis } from "./layout.ts";
import type { ReduceShape } from "./reduce-shape.ts";

/** What a chunk of the source gives to a chunk of the result. */
export interface PlannedPart {
  readonly index: ChunkIndex;
  readonly shape: readonly number[];
  readonly layout: Layout;
}

/** The chunks of the source that a chunk of the result is made of, as a count and the part at each position. */
export interface PlannedParts {
  /** Of the accumulator: the chunk's shape, without the axis of groups where values are gathered. */
  readonly cellShape: readonly number[];
  readonly count: number;
  at(position: number): PlannedPart;
  /** The chunk alone, for who asks for its version. */
  indexAt(position: number): ChunkIndex;
  /** Values that are read, in elements. */
  readonly elements: number;
}

/** How far places of the factors are apart along each axis of the source. */
export type FactorSteps = readonly number[];

/** Plans without listing: a result may come from very many chunks. */
export function plannedParts(shape: ReduceShape, index: ChunkIndex, factorSteps: FactorSteps): PlannedParts {
  const { source, groups, gathers } = shape;
  const region = regionOf(shape, index);
  const counts = chunkCounts(source);
  const chosen = region.map((part, axis) => chunksIn(shape, part, axis, counts[axis] ?? 0));
  const cellAxes = shape.axes.filter((axis) => !(gathers && axis === groups?.axis));
  const cellShape = cellAxes.map((axis) => region[axis]?.length ?? 1);
  const steps = stridesOf(cellShape);
  const cellSteps = source.shape.map((_, axis) => steps[cellAxes.indexOf(axis)] ?? 0);
  const lengths = chosen.map(({ length }) => length);
  const chunkAt = (position: number): ChunkIndex =>
    indexAt(lengths, position).map((place, axis) => chosen[axis]?.[place] ?? 0);
  return {
    cellShape,
    indexAt: chunkAt,
    count: elementCount(lengths),
    elements: elementCount(chosen.map((chunks, axis) => lengthOf(shape, chunks, axis))),
    at(position) {
      const at = chunkAt(position);
      const clipped = clippedShape(source, at);
      return {
        index: at,
        shape: clipped,
        layout: layoutOf(shape, { at, clipped, region, cellSteps, factorSteps }),
      };
    },
  };
}

/** Where a chunk of the result begins and how long it is along each axis of the source; groups count as groups. */
interface Extent {
  readonly start: number;
  readonly length: number;
}

function regionOf({ source, axes, grid }: ReduceShape, index: ChunkIndex): Extent[] {
  const lengths = clippedShape(grid, index);
  return source.shape.map((whole, axis) => {
    const at = axes.indexOf(axis);
    if (at < 0) return { start: 0, length: whole };
    return { start: (index[at] ?? 0) * (grid.chunkShape[at] ?? 1), length: lengths[at] ?? 0 };
  });
}

/** Positions along one axis of the chunks that hold something of the extent. */
function chunksIn(
  { source, groups }: ReduceShape,
  { start, length }: Extent,
  axis: number,
  count: number,
): number[] {
  const chunk = source.chunkShape[axis] ?? 1;
  const all = Array.from({ length: count }, (_, position) => position);
  if (axis !== groups?.axis) {
    return all.slice(Math.floor(start / chunk), Math.ceil((start + length) / chunk));
  }
  const wanted = new Uint8Array(count);
  for (const [position, group] of groups.groupOf.entries()) {
    if (group >= start && group < start + length) wanted[Math.floor(position / chunk)] = 1;
  }
  return all.filter((position) => wanted[position] === 1);
}

function lengthOf({ source }: ReduceShape, chunks: readonly number[], axis: number): number {
  const [chunk, whole] = [source.chunkShape[axis] ?? 1, source.shape[axis] ?? 0];
  return chunks.reduce((sum, position) => sum + Math.min(chunk, whole - position * chunk), 0);
}

interface Placing {
  readonly at: ChunkIndex;
  readonly clipped: readonly number[];
  readonly region: readonly Extent[];
  readonly cellSteps: readonly number[];
  readonly factorSteps: FactorSteps;
}

function layoutOf({ source, isReduced, groups, gathers }: ReduceShape, placing: Placing): Layout {
  const { at, clipped, region, cellSteps, factorSteps } = placing;
  const strides = stridesOf(clipped);
  let [from, cell, factor] = [0, 0, 0];
  const axes = clipped.map((length, axis): LayoutAxis => {
    const origin = (at[axis] ?? 0) * (source.chunkShape[axis] ?? 1);
    const steps = { valueStep: strides[axis] ?? 0, factorStep: factorSteps[axis] ?? 0 };
    const { start, length: wanted } = region[axis] ?? { start: 0, length };
    if (axis === groups?.axis && !gathers) {
      factor += origin * steps.factorStep;
      const own = groups.groupOf.subarray(origin, origin + length);
      const cells = own.map((group) => (group >= start && group < start + wanted ? group - start : -1));
      return { length, ...steps, cellStep: cellSteps[axis] ?? 0, groups: cells };
    }
    if (isReduced[axis] === true || axis === groups?.axis) {
      factor += origin * steps.factorStep;
      return { length, ...steps, cellStep: 0 };
    }
    const low = Math.max(origin, start);
    const high = Math.min(origin + length, start + wanted);
    from += (low - origin) * steps.valueStep;
    cell += (low - start) * (cellSteps[axis] ?? 0);
    factor += low * steps.factorStep;
    return { length: high - low, ...steps, cellStep: cellSteps[axis] ?? 0 };
  });
  return { axes, at: from, cell, factor };
}
