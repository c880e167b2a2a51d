import {
  bytesPerElement,
  type ChunkIndex,
  type ChunkSource,
  clippedShape,
  type DataType,
  elementCount,
  stridesOf,
} from "@zarr-gateway/dataset";
import type { GatherOptions } from "./accumulation/gathered.ts";
import type { CellCounts } from "./finish.ts";
import type { Method } from "./method.ts";
import type { ReduceOptions } from "./reduce-options.ts";
import type { FactorSteps } from "./reduce-plan.ts";
import { type ReduceShape, reduceShape } from "./reduce-shape.ts";

/** What is to be done to a source: the same for all chunks of the result, and what depends on the chunk. */
export interface ReduceWork {
  readonly shape: ReduceShape;
  readonly factorSteps: FactorSteps;
  readonly factors: Float64Array | undefined;
  methodOf(index: ChunkIndex): Method;
  countsOf(index: ChunkIndex): CellCounts;
}

export function reduceWork(source: ChunkSource, options: ReduceOptions): ReduceWork {
  const { action, groups, factors, readsMayWait: isSparing = false } = options;
  const rank = source.grid.shape.length;
  const named = options.axes ?? (groups === undefined ? Array.from({ length: rank }, (_, axis) => axis) : []);
  const isReduced = Array.from({ length: rank }, (_, axis) => named.includes(axis) && axis !== groups?.axis);
  const gathers = action === "median" || action === "quantile";
  const isSingle = source.dtype === "float32" || source.dtype === "float16";
  const shape = reduceShape(source.grid, {
    isReduced,
    groups,
    gathers,
    valueBytes: isSingle ? 4 : 8,
    isSparing,
  });
  const steps = factors === undefined ? placeSteps(shape) : stepsOf(shape, factors);
  const positions = shape.reducedCount * (groups === undefined ? 1 : (source.grid.shape[groups.axis] ?? 1));
  const members = groups && gathers ? membersOf(groups.groupOf, groups.count) : undefined;
  const gatherOf = (index: ChunkIndex): GatherOptions => ({
    places: positions,
    groups: members?.map((own) => placesOf(shape, own, steps)),
    groupStep: groupStepOf(shape, index),
    wanted: action === "median" ? "median" : [options.quantiles ?? 0.5].flat(),
    isSingle,
  });
  return {
    shape,
    factorSteps: steps,
    factors: factors?.values,
    methodOf(index) {
      const gather = gathers ? gatherOf(index) : undefined;
      return { action, dtype: source.dtype, positions, isWeighted: factors !== undefined, gather };
    },
    countsOf: (index) => countsOf(shape, index),
  };
}

/** Places of the reduced values among each other, those of groups outermost: `first` compares them, gathering fills them. */
function placeSteps({ source, isReduced, groups }: ReduceShape): number[] {
  const lengths = source.shape.map((length, axis) => (isReduced[axis] === true ? length : 1));
  const steps = stridesOf(lengths);
  const all = elementCount(lengths);
  return source.shape.map((_, axis) => {
    if (axis === groups?.axis) return all;
    return isReduced[axis] === true ? (steps[axis] ?? 0) : 0;
  });
}

function stepsOf({ source }: ReduceShape, { axes, values }: NonNullable<ReduceOptions["factors"]>): number[] {
  const lengths = axes.map((axis) => source.shape[axis] ?? 1);
  if (elementCount(lengths) !== values.length)
    throw new RangeError("the factors have another shape than their axes");
  const strides = stridesOf(lengths);
  return source.shape.map((_, axis) => strides[axes.indexOf(axis)] ?? 0);
}

function membersOf(groupOf: Int32Array, count: number): number[][] {
  const members: number[][] = Array.from({ length: count }, () => []);
  for (const [position, group] of groupOf.entries()) members[group]?.push(position);
  return members;
}

/** The places of all values whose position along the axis of groups is one of these. */
function placesOf(
  { groups, reducedCount }: ReduceShape,
  positions: readonly number[],
  steps: FactorSteps,
): Int32Array {
  const step = steps[groups?.axis ?? 0] ?? 1;
  const places = new Int32Array(positions.length * reducedCount);
  for (const [at, position] of positions.entries()) {
    for (let place = 0; place < reducedCount; place += 1)
      places[at * reducedCount + place] = position * step + place;
  }
  return places;
}

/** Cells between two groups in a chunk of the result. */
function groupStepOf({ groups, axes, grid }: ReduceShape, index: ChunkIndex): number {
  const at = axes.indexOf(groups?.axis ?? -1);
  return elementCount(clippedShape(grid, index).slice(at + 1));
}

function countsOf(shape: ReduceShape, index: ChunkIndex): CellCounts {
  const { groups, reducedCount, axes, grid, gathers } = shape;
  if (groups === undefined || gathers) return { reduced: reducedCount };
  const at = axes.indexOf(groups.axis);
  const start = (index[at] ?? 0) * (grid.chunkShape[at] ?? 1);
  const members = new Float64Array(clippedShape(grid, index)[at] ?? 0);
  for (const group of groups.groupOf) {
    const own = group - start;
    if (own >= 0 && own < members.length) members[own] = (members[own] ?? 0) + 1;
  }
  return { reduced: reducedCount, groups: { members, step: groupStepOf(shape, index) } };
}

/** Bytes of the values of some elements. */
export function bytesOfElements(dtype: DataType, count: number): number {
  return count * (bytesPerElement(dtype) ?? 16);
}
