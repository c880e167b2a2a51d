import {
  allocateValues,
  type ChunkSource,
  chunkCounts,
  clippedShape,
  copyBlock,
  elementCount,
} from "@zarr-gateway/dataset";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { concatenated } from "./concatenated.ts";
import { PartSeries } from "./part-series.ts";
import { stacked } from "./stacked.ts";

const BYTES = [{ name: "bytes", configuration: { endian: "little" } }];

/** int32 that count up from `first` in C order; what is stored are their bytes, padded with zeros. */
function counting(shape: readonly number[], chunkShape: readonly number[], first = 0): ChunkSource {
  const grid = { shape, chunkShape };
  const all = Int32Array.from({ length: elementCount(shape) }, (_, position) => first + position);
  const cut = (index: readonly number[], size: readonly number[]): Int32Array => {
    const values = allocateValues("int32", elementCount(size)) as Int32Array; // of that type
    const clipped = clippedShape(grid, index);
    const start = index.map((at, axis) => at * (chunkShape[axis] ?? 1));
    copyBlock({ values: all, shape, start }, { values, shape: size }, clipped);
    return values;
  };
  return {
    dtype: "int32",
    fill: 0,
    grid,
    read: (index) => {
      const clipped = clippedShape(grid, index);
      return Promise.resolve({ shape: clipped, values: cut(index, clipped) });
    },
    stored: {
      grid,
      codecs: BYTES,
      read: (index) => Promise.resolve(new Uint8Array(cut(index, chunkShape).buffer)),
      stat: () => Promise.resolve({ size: 4 * elementCount(chunkShape) }),
    },
  };
}

async function whole(source: ChunkSource): Promise<Int32Array> {
  const { shape, chunkShape } = source.grid;
  const values = new Int32Array(elementCount(shape));
  const counts = chunkCounts(source.grid);
  for (let number = 0; number < elementCount(counts); number += 1) {
    let rest = number;
    const index = counts.toReversed().map((count) => {
      const at = rest % count;
      rest = Math.floor(rest / count);
      return at;
    });
    index.reverse();
    const chunk = await source.read(index);
    const start = index.map((at, axis) => at * (chunkShape[axis] ?? 1));
    if (chunk) copyBlock(chunk, { values, shape, start }, chunk.shape);
  }
  return values;
}

const parts = fc.array(
  fc.record({
    length: fc.integer({ min: 0, max: 9 }),
    chunk: fc.integer({ min: 1, max: 5 }),
    width: fc.integer({ min: 1, max: 4 }),
    start: fc.nat(3),
    cut: fc.nat(3),
  }),
  { minLength: 1, maxLength: 5 },
);

describe("concatenated", () => {
  it("gives the used elements of every part, however each is chunked", async () => {
    await fc.assert(
      fc.asyncProperty(parts, async (plan) => {
        const sources = plan.map(({ length, chunk, width }, at) =>
          counting([length, 3], [chunk, width], 1000 * at),
        );
        const starts = plan.map(({ start, length }) => Math.min(start, length));
        const lengths = plan.map(({ length, cut }, at) => Math.max(0, length - (starts[at] ?? 0) - cut));
        const result = concatenated({
          axis: 0,
          series: new PartSeries(lengths, starts),
          part: (at) => sources[at] as ChunkSource,
        });
        const expected = await Promise.all(
          sources.map(async (source, at) => {
            const begin = starts[at] ?? 0;
            return [...(await whole(source)).subarray(3 * begin, 3 * (begin + (lengths[at] ?? 0)))];
          }),
        );
        expect([...(await whole(result))]).toEqual(expected.flat());
      }),
    );
  });

  it("passes stored chunks where all parts but the last are whole numbers of chunks", async () => {
    const sources = [counting([4, 2], [2, 2]), counting([6, 2], [2, 2], 100), counting([3, 2], [2, 2], 200)];
    const lengths = [4, 6, 3];
    const result = concatenated({
      axis: 0,
      series: new PartSeries(lengths),
      part: (at) => sources[at] as ChunkSource,
    });
    expect(result.grid).toEqual({ shape: [13, 2], chunkShape: [2, 2] });
    expect(await result.stored?.read([3, 0])).toEqual(await sources[1]?.stored?.read([1, 0]));
    expect(await result.stored?.read([6, 0])).toEqual(await sources[2]?.stored?.read([1, 0]));
    expect(await result.stored?.stat([6, 0])).toEqual({ size: 16 });
    expect(await result.stored?.read([7, 0])).toBeUndefined();
  });

  it("puts chunks together where months have 28 to 31 days, and has no stored ones then", () => {
    const lengths = [31, 28, 31, 30];
    const sources = lengths.map((length) => counting([length, 2], [length, 2]));
    const result = concatenated({
      axis: 0,
      series: new PartSeries(lengths),
      part: (at) => sources[at] as ChunkSource,
    });
    expect(result.stored).toBeUndefined();
    expect(result.grid.chunkShape).toEqual([120, 2]);
  });

  it("fills what a part never wrote with that part's own fill value, wherever it lies", async () => {
    const empty: ChunkSource = {
      ...counting([2, 2], [2, 2]),
      fill: 7,
      read: () => Promise.resolve(undefined),
    };
    for (const chunk of [2, 1]) {
      const sources = [counting([2, 2], [chunk, 2]), empty];
      const series = new PartSeries([2, 2]);
      const result = concatenated({ axis: 0, series, part: (at) => sources[at] as ChunkSource });
      expect([...(await whole(result))]).toEqual([0, 1, 2, 3, 7, 7, 7, 7]);
      expect(result.stored).toBeUndefined();
    }
  });

  it("refuses parts of another type or width", () => {
    const sources = [counting([2, 2], [2, 2]), counting([2, 3], [2, 2])];
    expect(() =>
      concatenated({ axis: 0, series: new PartSeries([2, 2]), part: (at) => sources[at] as ChunkSource }),
    ).toThrow(/part 2/);
  });
});

describe("stacked", () => {
  it("is a new first axis whose chunks are those of the members", async () => {
    const result = stacked([counting([4, 2], [2, 2]), counting([4, 2], [3, 1], 100)]);
    expect(result.grid).toEqual({ shape: [2, 4, 2], chunkShape: [1, 2, 2] });
    expect([...(await whole(result))]).toEqual([
      0, 1, 2, 3, 4, 5, 6, 7, 100, 101, 102, 103, 104, 105, 106, 107,
    ]);
    expect(result.stored).toBeUndefined();
  });

  it("passes stored chunks, with codecs that know of the new axis", async () => {
    const codecs = [
      { name: "transpose", configuration: { order: [1, 0] } },
      ...BYTES,
      { name: "zstd", configuration: {} },
    ];
    const of = (first: number): ChunkSource => {
      const source = counting([4, 2], [2, 2], first);
      return source.stored ? { ...source, stored: { ...source.stored, codecs } } : source;
    };
    const members = [of(0), of(50)];
    const { stored } = stacked(members);
    expect(stored?.codecs[0]).toEqual({ name: "transpose", configuration: { order: [0, 2, 1] } });
    expect(await stored?.read([1, 1, 0])).toEqual(await members[1]?.stored?.read([1, 0]));
    const unknown = members.map((source) =>
      source.stored
        ? { ...source, stored: { ...source.stored, codecs: [{ name: "numcodecs.zfpy", configuration: {} }] } }
        : source,
    );
    expect(stacked(unknown).stored).toBeUndefined();
  });

  it("fills what a member never wrote with that member's own fill value", async () => {
    const empty: ChunkSource = {
      ...counting([2, 2], [2, 2]),
      fill: 7,
      read: () => Promise.resolve(undefined),
    };
    const result = stacked([counting([2, 2], [2, 2]), empty]);
    expect([...(await whole(result))]).toEqual([0, 1, 2, 3, 7, 7, 7, 7]);
    expect(result.stored).toBeUndefined();
    expect(await stacked([empty, empty]).read([1, 0, 0])).toBeUndefined();
  });
});
