import { createByteCache } from "@zarr-gateway/primitives";
import { describe, expect, it } from "vitest";
import { type HotChunk, HotChunks } from "./hot-chunks.ts";

function chunkOf(changes: Partial<HotChunk> = {}): HotChunk & { reads: number } {
  const chunk = {
    key: "a",
    size: 3,
    isSettled: true,
    reads: 0,
    async read() {
      chunk.reads += 1;
      return Uint8Array.of(1, 2, 3);
    },
    ...changes,
  };
  return chunk;
}

async function readsOfFour(chunk: HotChunk & { reads: number }): Promise<number> {
  const chunks = new HotChunks(createByteCache(2 ** 20));
  for (let time = 0; time < 4; time += 1) await chunks.read(chunk, {});
  return chunk.reads;
}

describe("HotChunks", () => {
  it("keeps a small chunk at once, a larger one when it is asked for a second time", async () => {
    const large = new Uint8Array(300 * 1024);
    const chunks = new HotChunks(createByteCache(8 * 2 ** 20));
    for (const bytes of [Uint8Array.of(1, 2, 3), large]) {
      const chunk = chunkOf({ key: `of ${bytes.length}`, size: bytes.length });
      const counted = { ...chunk, read: async () => (await chunk.read({})) && bytes };
      const isLarge = bytes === large;
      await chunks.read(counted, {});
      expect(chunks.peek(chunk.key)).toEqual(isLarge ? undefined : bytes);
      for (let time = 0; time < 3; time += 1) expect(await chunks.read(counted, {})).toEqual(bytes);
      expect(chunk.reads).toBe(isLarge ? 2 : 1);
    }
  });

  it("reads once for all who ask at once", async () => {
    const chunks = new HotChunks(createByteCache(2 ** 20));
    const chunk = chunkOf();
    await Promise.all(Array.from({ length: 9 }, () => chunks.read(chunk, {})));
    expect(chunk.reads).toBe(1);
  });

  it("keeps nothing that may still change, is large, or is not what was announced", async () => {
    expect(await readsOfFour(chunkOf({ isSettled: false }))).toBe(4);
    expect(await readsOfFour(chunkOf({ size: 5 * 1024 * 1024 }))).toBe(4);
    expect(await readsOfFour(chunkOf({ size: 4 }))).toBe(4);
    let reads = 0;
    const gone = chunkOf({
      async read() {
        reads += 1;
        return undefined;
      },
    });
    expect(await new HotChunks(createByteCache(2 ** 20)).read(gone, {})).toBeUndefined();
    await readsOfFour(gone);
    expect(reads).toBe(5);
  });

  it("fills no more than half of the cache with a dataset that is read once from end to end", async () => {
    const cache = createByteCache(2 ** 20);
    const chunks = new HotChunks(cache);
    for (let at = 0; at < 20_000; at += 1) await chunks.read(chunkOf({ key: `chunk ${at}` }), {});
    expect(cache.bytes).toBeLessThan(2 ** 19 + 1024);
  });
});
