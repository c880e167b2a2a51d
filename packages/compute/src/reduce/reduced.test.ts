import {
  allocateValues,
  type Chunk,
  type ChunkSource,
  chunkCounts,
  clippedShape,
  copyBlock,
  type DataType,
  elementCount,
  stridesOf,
  type Values,
} from "@zarr-gateway/dataset";
import { describe, expect, it } from "vitest";
import type { ReduceOptions } from "./reduce-options.ts";
import { reduced } from "./reduced.ts";
import type { Reduction } from "./reduction.ts";

/** Numbers below 1 that are the same in every run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 4_294_967_296;
  };
}

function sourceOf(
  dtype: DataType,
  shape: readonly number[],
  chunkShape: readonly number[],
  values: Values,
): ChunkSource {
  const grid = { shape, chunkShape };
  return {
    dtype,
    grid,
    fill: null,
    read(index) {
      const part = clippedShape(grid, index);
      const copy = allocateValues(dtype, elementCount(part));
      const start = index.map((at, axis) => at * (chunkShape[axis] ?? 1));
      copyBlock({ values, shape, start }, { values: copy, shape: part }, part);
      return Promise.resolve({ shape: part, values: copy });
    },
  };
}

async function wholeOf(source: ChunkSource): Promise<(number | bigint)[]> {
  const { shape } = source.grid;
  const whole = allocateValues(source.dtype, elementCount(shape));
  const counts = chunkCounts(source.grid);
  for (let linear = 0; linear < elementCount(counts); linear += 1) {
    let rest = linear;
    const index = counts.toReversed().map((count) => {
      const at = rest % count;
      rest = Math.floor(rest / count);
      return at;
    });
    index.reverse();
    const chunk = (await source.read(index)) as Chunk;
    const start = index.map((at, axis) => at * (source.grid.chunkShape[axis] ?? 1));
    copyBlock(chunk, { values: whole, shape, start }, chunk.shape);
  }
  return Array.from(whole as ArrayLike<number | bigint>);
}

/** The values of each cell in order, by the plainest of ways. */
function cellsOf(shape: readonly number[], values: ArrayLike<number>, options: ReduceOptions): number[][] {
  const { groups } = options;
  const axes = options.axes ?? (groups ? [] : shape.map((_, axis) => axis));
  const lengths = shape.map((length, axis) => {
    if (axis === groups?.axis) return groups.count;
    return axes.includes(axis) ? 1 : length;
  });
  const cells: number[][] = Array.from({ length: elementCount(lengths) }, () => []);
  const [strides, steps] = [stridesOf(shape), stridesOf(lengths)];
  for (let linear = 0; linear < values.length; linear += 1) {
    let cell = 0;
    for (const [axis, stride] of strides.entries()) {
      const at = Math.floor(linear / stride) % (shape[axis] ?? 1);
      const to = axis === groups?.axis ? (groups.groupOf[at] ?? -1) : axes.includes(axis) ? 0 : at;
      cell = to < 0 ? Number.NaN : cell + to * (steps[axis] ?? 0);
    }
    if (!Number.isNaN(cell)) cells[cell]?.push(values[linear] ?? 0);
  }
  return cells;
}

function plainly(action: Reduction, all: readonly number[]): number {
  const values = all.filter((value) => !Number.isNaN(value));
  const sum = values.reduce((total, value) => total + value, 0);
  const mean = sum / values.length;
  const sorted = values.toSorted((a, b) => a - b);
  const half = values.length >> 1;
  const variance = values.reduce((total, value) => total + (value - mean) ** 2, 0) / values.length;
  const results: Record<Reduction, number> = {
    mean,
    sum,
    count: values.length,
    min: sorted[0] ?? Number.NaN,
    max: sorted.at(-1) ?? Number.NaN,
    var: variance,
    std: Math.sqrt(variance),
    median:
      values.length % 2 === 1
        ? (sorted[half] ?? 0)
        : ((sorted[half - 1] ?? Number.NaN) + (sorted[half] ?? Number.NaN)) / 2,
    first: values[0] ?? Number.NaN,
    last: values.at(-1) ?? Number.NaN,
  };
  return results[action];
}

const ACTIONS: Reduction[] = ["mean", "min", "max", "sum", "std", "var", "median", "count", "first", "last"];

describe("reduced", () => {
  const random = randomNumbers(7);
  const below = (limit: number): number => Math.floor(random() * limit);

  for (let run = 0; run < 300; run += 1) {
    const shape = Array.from({ length: 1 + below(4) }, () => 1 + below(9));
    const chunkShape = shape.map((length) => 1 + below(length + 2));
    const dtype = (["float64", "float32", "int16", "int64"] as const)[below(4)] ?? "float64";
    const values = allocateValues(dtype, elementCount(shape)) as Float64Array;
    for (let at = 0; at < values.length; at += 1) {
      const value = Math.floor(random() * 200 - 100) / (dtype.startsWith("f") ? 8 : 1);
      const number = dtype.startsWith("f") && random() < 0.3 ? Number.NaN : Math.trunc(value * 8) / 8;
      values[at] = (dtype === "int64" ? BigInt(Math.trunc(number)) : number) as number;
    }
    const action = ACTIONS[below(ACTIONS.length)] ?? "mean";
    const isGrouped = random() < 0.4;
    const axis = below(shape.length);
    const isEdge = action === "first" || action === "last";
    const axes = shape.map((_, at) => at).filter((at) => (isEdge ? at === axis : random() < 0.5));
    const count = 1 + below(4);
    const groupOf = Int32Array.from({ length: shape[axis] ?? 1 }, () => below(count + 1) - 1);
    const options: ReduceOptions = isGrouped
      ? { action, groups: { axis, groupOf, count }, axes: isEdge ? [] : axes.filter((at) => at !== axis) }
      : { action, axes };

    it(`gives the ${action} of ${dtype} [${shape}] in [${chunkShape}]${isGrouped ? " by groups" : ""} over ${options.axes} as a plain loop does`, async () => {
      const numbers = Array.from(values as ArrayLike<number | bigint>, Number);
      const cells = cellsOf(shape, numbers, options);
      const result = (await wholeOf(reduced(sourceOf(dtype, shape, chunkShape, values), options))).map(
        Number,
      );
      expect(result.length).toBe(cells.length);
      for (const [at, all] of cells.entries()) {
        const expected = plainly(action, all);
        if (!dtype.startsWith("f") && Number.isNaN(expected) && action !== "mean") continue;
        if (Number.isNaN(expected)) expect(result[at]).toBeNaN();
        else expect(result[at]).toBeCloseTo(expected, 4);
      }
    });
  }
});
