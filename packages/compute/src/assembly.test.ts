import { type Chunk, type ChunkSource, clippedShape, elementCount } from "@zarr-gateway/dataset";
import { createByteCache, createWorkerPool, type WorkerPool } from "@zarr-gateway/primitives";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { rechunked } from "./rechunked.ts";
import { rounded } from "./rounded.ts";

let pool: WorkerPool;
beforeAll(() => {
  pool = createWorkerPool({ threads: 2, maxQueue: 100 });
});
afterAll(() => pool.close());

const ROWS = 40;
const COLUMNS = 10_000;
const valueAt = (row: number, column: number): number => row * COLUMNS + column;

/** Rows of 40 kB each, `length` to a chunk; those whose first row is in `missing` were never written. */
function rows(length: number, missing: readonly number[] = []) {
  const reads: number[] = [];
  const grid = { shape: [ROWS, COLUMNS], chunkShape: [length, COLUMNS] };
  const source: ChunkSource = {
    dtype: "float32",
    grid,
    fill: -1,
    async read(index) {
      const first = (index[0] ?? 0) * length;
      reads.push(first);
      if (missing.includes(first)) return undefined;
      const shape = clippedShape(grid, index);
      const values = Float32Array.from({ length: elementCount(shape) }, (_, at) =>
        valueAt(first + Math.floor(at / COLUMNS), at % COLUMNS),
      );
      return { shape, values, isExclusive: true };
    },
  };
  return { source, reads };
}

function sample(chunk: Chunk | undefined, row: number): unknown {
  return chunk?.values[row * COLUMNS + 7];
}

describe("large chunks", () => {
  it("are put together on another thread, out of buffers that move there", async () => {
    const { source } = rows(5);
    const result = await rechunked(source, { chunkShape: [20, COLUMNS], pool }).read([1, 0]);
    expect(result).toMatchObject({ shape: [20, COLUMNS], isExclusive: true });
    for (let row = 0; row < 20; row += 1) expect(sample(result, row)).toBe(valueAt(20 + row, 7));
  });

  it("have the fill value where chunks are missing, on this thread and on others", async () => {
    for (const threads of [undefined, pool]) {
      const { source } = rows(5, [25]);
      const result = await rechunked(source, { chunkShape: [20, COLUMNS], pool: threads }).read([1, 0]);
      const expected = [5, 10].map((row) => (row === 5 ? -1 : valueAt(20 + row, 7)));
      expect([5, 10].map((row) => sample(result, row))).toEqual(expected);
    }
  });

  it("take parts of chunks that others need too, each decoded once while it is kept", async () => {
    const { source, reads } = rows(8);
    const cache = createByteCache(64 * 1024 * 1024);
    const result = rechunked(source, { chunkShape: [10, COLUMNS], pool, kept: { cache, key: "test" } });
    const chunks = await Promise.all([0, 1, 2, 3].map((index) => result.read([index, 0])));
    for (let row = 0; row < ROWS; row += 1) {
      expect(sample(chunks[Math.floor(row / 10)], row % 10)).toBe(valueAt(row, 7));
    }
    await result.read([1, 0]);
    expect(reads.sort((a, b) => a - b)).toEqual([0, 8, 16, 24, 32]);
  });

  it("let the event loop go on while they are put together here", async () => {
    const { source } = rows(20);
    let turns = 0;
    let isDone = false;
    const count = (): void => {
      turns += 1;
      if (!isDone) setImmediate(count);
    };
    setImmediate(count);
    await rechunked(source, { chunkShape: [ROWS, COLUMNS] }).read([0, 0]);
    isDone = true;
    // 1.6 MB in slices of half a megabyte
    expect(turns).toBeGreaterThan(0);
  });

  it("are rounded on another thread, without changing what the source keeps", async () => {
    const { source } = rows(20);
    const kept = await source.read([0, 0]);
    const shared: ChunkSource = {
      ...source,
      read: async () => kept && { shape: kept.shape, values: kept.values },
    };
    const result = await rounded(shared, { keepBits: 3, pool }).read([0, 0]);
    expect([sample(result, 1), sample(kept, 1)]).toEqual([10240, 10007]);
  });
});
