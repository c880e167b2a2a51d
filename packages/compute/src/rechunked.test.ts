import {
  allocateValues,
  type Chunk,
  type ChunkSource,
  chunkCounts,
  clippedShape,
  copyBlock,
  elementCount,
} from "@zarr-gateway/dataset";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { rechunked } from "./rechunked.ts";

const pair = fc
  .array(
    fc.tuple(fc.integer({ min: 0, max: 7 }), fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 })),
    {
      maxLength: 3,
    },
  )
  .map((axes) => ({
    shape: axes.map(([length]) => length),
    from: axes.map(([, chunk]) => chunk),
    to: axes.map(([, , chunk]) => chunk),
  }));

describe("rechunked", () => {
  it("gives the same values in other chunks, reading each source chunk once a chunk", async () => {
    await fc.assert(
      fc.asyncProperty(pair, fc.nat(4), async ({ shape, from, to }, missingEvery) => {
        const source = countingSource({ shape, chunkShape: from, missingEvery });
        const result = rechunked(source, { chunkShape: to });
        for (const index of allIndices(chunkCounts(result.grid))) {
          source.reads.length = 0;
          const chunk = await result.read(index);
          expect(new Set(source.reads).size).toBe(source.reads.length);
          if (chunk) expect(chunk.shape).toEqual(clippedShape(result.grid, index));
        }
        expect(await whole(result)).toEqual(await whole(source));
      }),
    );
  });

  it("is the source itself where nothing changes, so that stored chunks still pass untouched", () => {
    const source = countingSource({ shape: [4, 3], chunkShape: [2, 3] });
    expect(rechunked(source, { chunkShape: [2, 100] })).toBe(source);
  });

  it("leaves a chunk missing of which nothing was ever written", async () => {
    const source = countingSource({ shape: [8], chunkShape: [2], missingEvery: 1 });
    expect(await rechunked(source, { chunkShape: [4] }).read([1])).toBeUndefined();
  });

  it("fills what is missing beside what was written", async () => {
    const source = countingSource({ shape: [4], chunkShape: [2], missingEvery: 2 });
    expect((await rechunked(source, { chunkShape: [4] }).read([0]))?.values).toEqual(
      Int32Array.of(0, 1, -9, -9),
    );
  });

  it("answers nothing outside its grid", async () => {
    const result = rechunked(countingSource({ shape: [4], chunkShape: [2] }), { chunkShape: [4] });
    expect(await result.read([1])).toBeUndefined();
    expect(await result.read([0, 0])).toBeUndefined();
  });

  it("throws what a source chunk throws, and reads no more than it may at once", async () => {
    let running = 0;
    let most = 0;
    const source = countingSource({ shape: [100], chunkShape: [1] });
    const slow: ChunkSource = {
      ...source,
      async read(index) {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 1));
        running -= 1;
        if (index[0] === 60) throw new Error("disk on fire");
        return source.read(index);
      },
    };
    const result = rechunked(slow, { chunkShape: [100], maxConcurrent: 4 });
    await expect(result.read([0])).rejects.toThrow("disk on fire");
    expect(most).toBe(4);
  });

  it("stops reading when the caller has left", async () => {
    const controller = new AbortController();
    const source = countingSource({ shape: [100], chunkShape: [1], onRead: () => controller.abort() });
    const result = rechunked(source, { chunkShape: [100], maxConcurrent: 1 });
    await expect(result.read([0], { signal: controller.signal })).rejects.toThrow(/abort/i);
    expect(source.reads).toHaveLength(1);
  });

  it("refuses chunks that no memory or no patience would hold", () => {
    const large = countingSource({ shape: [2 ** 40], chunkShape: [2 ** 20] });
    expect(() => rechunked(large, { chunkShape: [2 ** 40] })).toThrow(/would have/);
    const tiny = countingSource({ shape: [2 ** 20], chunkShape: [1] });
    expect(() => rechunked(tiny, { chunkShape: [2 ** 20] })).toThrow(/put together from 1048576/);
  });
});

interface CountingOptions {
  readonly shape: number[];
  readonly chunkShape: number[];
  /** Chunks whose linear position plus one is a multiple of it were never written; 0: all were. */
  readonly missingEvery?: number;
  readonly onRead?: () => void;
}

/** int32 that count up in C order, fill -9. */
function countingSource(options: CountingOptions): ChunkSource & { readonly reads: string[] } {
  const { shape, chunkShape, missingEvery = 0 } = options;
  const grid = { shape, chunkShape };
  const counts = chunkCounts(grid);
  const reads: string[] = [];
  return {
    dtype: "int32",
    grid,
    fill: -9,
    reads,
    read(index) {
      reads.push(index.join("."));
      options.onRead?.();
      const position = index.reduce((sum, value, axis) => sum * (counts[axis] ?? 1) + value, 0);
      if (missingEvery > 0 && (position + 1) % missingEvery === 0) return Promise.resolve(undefined);
      return Promise.resolve(countingChunk(grid, index));
    },
  };
}

function countingChunk(
  grid: { shape: readonly number[]; chunkShape: readonly number[] },
  index: readonly number[],
): Chunk {
  const all = Int32Array.from({ length: elementCount(grid.shape) }, (_, position) => position);
  const shape = clippedShape(grid, index);
  const values = allocateValues("int32", elementCount(shape));
  const start = index.map((position, axis) => position * (grid.chunkShape[axis] ?? 1));
  copyBlock({ values: all, shape: grid.shape, start }, { values, shape }, shape);
  return { shape, values };
}

async function whole(source: ChunkSource): Promise<Int32Array> {
  const { shape, chunkShape } = source.grid;
  const values = new Int32Array(elementCount(shape)).fill(-9);
  for (const index of allIndices(chunkCounts(source.grid))) {
    const chunk = await source.read(index);
    const start = index.map((position, axis) => position * (chunkShape[axis] ?? 1));
    if (chunk) copyBlock(chunk, { values, shape, start }, chunk.shape);
  }
  return values;
}

function allIndices(counts: readonly number[]): number[][] {
  return counts.reduce<number[][]>(
    (indices, count) =>
      indices.flatMap((index) => Array.from({ length: count }, (_, position) => [...index, position])),
    [[]],
  );
}
