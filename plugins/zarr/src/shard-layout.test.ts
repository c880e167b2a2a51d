import { openShardIndex } from "@zarr-gateway/codecs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ABSENT, innerChunks, ShardLayout } from "./shard-layout.ts";

const reader = (count: number) =>
  openShardIndex(
    {
      chunkShape: [1],
      codecs: [],
      indexCodecs: [
        { name: "bytes", configuration: { endian: "little" } },
        { name: "crc32c", configuration: {} },
      ],
      indexLocation: "end",
    },
    [count],
  );

const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 50 }), fc.constant(ABSENT)), {
  minLength: 1,
  maxLength: 30,
});

describe("ShardLayout", () => {
  it("gives for any range the parts that make it, without gap or overlap", async () => {
    await fc.assert(
      fc.asyncProperty(sizes, fc.nat(), fc.nat(), async (given, a, b) => {
        const layout = new ShardLayout(Uint32Array.from(given), await reader(given.length));
        const offset = a % layout.size;
        const length = 1 + (b % (layout.size - offset));
        const parts = layout.partsOf({ offset, length });
        expect(parts.reduce((sum, { from, to }) => sum + to - from, 0)).toBe(length);
        expect(parts.slice(1).every(({ from }) => from === 0)).toBe(true);
        expect(parts.slice(0, -1).every(({ to, size }) => to === size)).toBe(true);
      }),
    );
  });

  it("writes an index that its reader understands", async () => {
    await fc.assert(
      fc.asyncProperty(sizes, async (given) => {
        const index = await reader(given.length);
        const layout = new ShardLayout(Uint32Array.from(given), index);
        const parsed = index.parse(layout.indexBytes(), layout.size);
        let offset = 0;
        for (const [position, length] of given.entries()) {
          expect(parsed.entry([position])).toEqual(length === ABSENT ? undefined : { offset, length });
          offset += length === ABSENT ? 0 : length;
        }
        expect(layout.isEmpty).toBe(given.every((size) => size === ABSENT));
      }),
    );
  });
});

describe("innerChunks", () => {
  it("numbers the chunks of a shard in C order and leaves out those beyond the array", () => {
    const chunks = innerChunks({ shape: [5, 7], chunkShape: [2, 3] }, [4, 6], [1, 1]);
    expect(Array.from({ length: chunks.count }, (_, position) => chunks.at(position))).toEqual([
      [2, 2],
      undefined,
      undefined,
      undefined,
    ]);
  });
});
