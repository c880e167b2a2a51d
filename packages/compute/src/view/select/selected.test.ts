import {
  type ChunkIndex,
  type ChunkSource,
  chunkCounts,
  clippedShape,
  elementCount,
  isInsideGrid,
  wholeValues,
} from "@zarr-gateway/dataset";
import { createByteCache } from "@zarr-gateway/primitives";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { estimateOf } from "../work-estimate.ts";
import { type AxisSelection, onePosition, positionAt, positionsSelection } from "./axis-selection.ts";
import { selected } from "./selected.ts";

/** Values count the elements; every read is written down. Stored chunks are their own index as text. */
function counted(shape: readonly number[], chunkShape: readonly number[], reads: string[] = []): ChunkSource {
  const grid = { shape, chunkShape };
  const text = (index: ChunkIndex): Uint8Array => new TextEncoder().encode(index.join("."));
  return {
    dtype: "float64",
    grid,
    fill: null,
    read(index) {
      reads.push(index.join("."));
      return Promise.resolve({ shape: clippedShape(grid, index), values: valuesOf(grid, index) });
    },
    stored: {
      grid,
      codecs: [{ name: "bytes", configuration: {} }],
      read: (index) => Promise.resolve(isInsideGrid(grid, index) ? text(index) : undefined),
      stat: (index) => Promise.resolve(isInsideGrid(grid, index) ? { size: text(index).length } : undefined),
    },
  };
}

function valuesOf({ shape, chunkShape }: ChunkSource["grid"], index: ChunkIndex): Float64Array {
  const clipped = clippedShape({ shape, chunkShape }, index);
  return Float64Array.from({ length: elementCount(clipped) }, (_, linear) => {
    let rest = linear;
    let value = 0;
    let stride = 1;
    for (let axis = shape.length - 1; axis >= 0; axis -= 1) {
      const length = clipped[axis] ?? 1;
      value += ((rest % length) + (index[axis] ?? 0) * (chunkShape[axis] ?? 1)) * stride;
      rest = Math.floor(rest / length);
      stride *= shape[axis] ?? 1;
    }
    return value;
  });
}

const range = (start: number, stop: number, step = 1): AxisSelection =>
  positionsSelection(Array.from({ length: Math.ceil((stop - start) / step) }, (_, at) => start + at * step));
const stored = async (source: ChunkSource, index: ChunkIndex) => {
  const bytes = await source.stored?.read(index);
  return bytes && new TextDecoder().decode(bytes);
};

describe("selected", () => {
  it("passes stored chunks where the range begins with one, whatever its end", async () => {
    const source = selected(counted([100, 8], [10, 8]), { axes: [range(20, 45), undefined] });
    expect(source.grid).toEqual({ shape: [25, 8], chunkShape: [10, 8] });
    expect([
      await stored(source, [0, 0]),
      await stored(source, [2, 0]),
      await stored(source, [3, 0]),
    ]).toEqual(["2.0", "4.0", undefined]);
  });

  it("passes any positions where a chunk holds one of them, also without their dimension", async () => {
    const steps = selected(counted([100, 8], [1, 8]), { axes: [range(3, 100, 7), undefined] });
    expect(await stored(steps, [2, 0])).toBe("17.0");
    const backwards = selected(counted([5, 8], [1, 8]), {
      axes: [positionsSelection([4, 3, 2, 1, 0]), undefined],
    });
    expect(await stored(backwards, [0, 0])).toBe("4.0");
    const one = selected(counted([100, 8], [1, 8]), { axes: [onePosition(42), undefined] });
    expect(one.stored?.grid).toEqual({ shape: [8], chunkShape: [8] });
    expect(await stored(one, [0])).toBe("42.0");
  });

  it("computes where chunks do not line up, or hold much more than is wanted", () => {
    expect(selected(counted([100, 8], [10, 8]), { axes: [range(5, 45), undefined] }).stored).toBeUndefined();
    expect(
      selected(counted([100, 8], [10, 8]), { axes: [onePosition(20), undefined] }).stored,
    ).toBeUndefined();
    expect(
      selected(counted([1000, 8], [500, 8]), { axes: [range(0, 10), undefined] }).stored,
    ).toBeUndefined();
  });

  it("reads only the source chunks that it overlaps, and each once for neighbours that share one", async () => {
    const reads: string[] = [];
    const kept = { cache: createByteCache(1024 * 1024), key: "test" };
    const source = selected(counted([100, 8], [10, 4], reads), { axes: [range(25, 45), range(0, 3)], kept });
    expect(estimateOf(source, [0, 0])).toEqual({ chunks: 2, bytes: 2 * 10 * 4 * 8 });
    expect(reads).toEqual([]);
    await Promise.all([source.read([0, 0]), source.read([1, 0])]);
    expect(reads.toSorted()).toEqual(["2.0", "3.0", "4.0"]);
  });

  it("gives the values of any positions along any chunks", async () => {
    const axis = fc.record({
      length: fc.integer({ min: 1, max: 12 }),
      chunk: fc.integer({ min: 1, max: 13 }),
      seed: fc.array(fc.nat({ max: 1000 }), { minLength: 1, maxLength: 15 }),
      kind: fc.constantFrom("all", "one", "list", "range"),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(axis, { minLength: 1, maxLength: 3 }), async (axes) => {
        const source = counted(
          axes.map(({ length }) => length),
          axes.map(({ chunk }) => chunk),
        );
        const selections = axes.map(({ length, seed: [first = 0, step = 0, ...more], kind }) => {
          if (kind === "all") return undefined;
          if (kind === "one") return onePosition(first % length);
          if (kind === "list")
            return positionsSelection([first, step, ...more].map((position) => position % length));
          return range(first % length, length, (step % 4) + 1);
        });
        const result = selected(source, { axes: selections });
        const whole = await wholeValues(source);
        const expected = [
          ...positionsIn(
            axes.map(({ length }) => length),
            selections,
          ),
        ].map((at) => whole[at]);
        expect([...(await wholeValues(result))]).toEqual(expected);
        expect(chunkCounts(result.grid).every((count) => count > 0)).toBe(true);
      }),
      { numRuns: 300, seed: 11 },
    );
  });
});

/** Linear positions in the source, in the order of the result. */
function* positionsIn(
  shape: readonly number[],
  selections: readonly (AxisSelection | undefined)[],
  axis = 0,
  before = 0,
): Generator<number> {
  const length = shape[axis];
  if (length === undefined) {
    yield before;
    return;
  }
  const selection = selections[axis];
  for (let at = 0; at < (selection?.length ?? length); at += 1) {
    const position = selection ? positionAt(selection, at) : at;
    yield* positionsIn(shape, selections, axis + 1, before * length + position);
  }
}
