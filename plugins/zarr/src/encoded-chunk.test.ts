import type { ChunkSource, ChunkVersion } from "@zarr-gateway/dataset";
import { createByteCache, type DiskCache } from "@zarr-gateway/primitives";
import { describe, expect, it } from "vitest";
import type { ChunkRequest, ChunkServices } from "./chunk-request.ts";
import { encodedChunk } from "./encoded-chunk.ts";

const LONG_AGO = Date.now() - 60_000;

/** A chunk whose bytes are what `content` holds, and a cache before a disk that notes keys. */
function setUp(content: { value: number; version?: ChunkVersion | undefined }, store: object) {
  let reads = 0;
  const source: Partial<ChunkSource> = {
    async read() {
      reads += 1;
      return { shape: [1], values: Uint8Array.of(content.value) };
    },
    ...("version" in content && { version: async () => content.version }),
  };
  const disk: string[] = [];
  const counts = { hits: 0, misses: 0, writes: 0, dropped: 0, damaged: 0, evictions: 0, bytes: 0 };
  const noting: DiskCache = {
    counts,
    get: async () => undefined,
    keep: (key) => void disk.push(key),
    close: async () => undefined,
  };
  const services = {
    cache: createByteCache(1e6, { disk: noting }),
    coder: {
      encodeAlways: async (_encoding: unknown, _index: unknown, chunk: { values: Uint8Array }) =>
        chunk.values,
    },
  } as unknown as ChunkServices; // the two members that an encoded chunk uses
  const request = {
    publication: {
      variable: { source },
      description: { encoding: {} },
      fillsMissingChunks: false,
      absentFill: null,
    },
    index: [0],
    scope: "air/t",
    store: {
      version: "v",
      cacheVersion: "v",
      coversChunks: false,
      changedAt: LONG_AGO,
      cacheControl: "",
      ...store,
    },
  } as unknown as ChunkRequest; // what of it an encoded chunk uses
  const get = async () => {
    const resource = encodedChunk(request, services);
    const stat = await resource.stat({});
    const bytes = await resource.read(undefined, {});
    return { etag: stat?.etag, value: bytes?.[0] };
  };
  return { get, disk, reads: () => reads };
}

describe("an encoded chunk", () => {
  it("is made anew, under another tag, when the object it is made of was written anew", async () => {
    const content = { value: 1, version: { version: "a", modifiedAt: LONG_AGO } };
    const { get, disk, reads } = setUp(content, {});
    const first = await get();
    expect(await get()).toEqual(first);
    expect(reads()).toBe(1);
    content.value = 2;
    content.version = { version: "b", modifiedAt: LONG_AGO };
    const second = await get();
    expect([first.value, second.value]).toEqual([1, 2]);
    expect(second.etag).not.toBe(first.etag);
    expect(disk).toHaveLength(2);
  });

  it("is not kept, and has no tag, where nobody can tell its version", async () => {
    const { get, disk, reads } = setUp({ value: 1, version: undefined }, {});
    expect(await get()).toEqual({ etag: undefined, value: 1 });
    await get();
    expect([reads(), disk.length]).toEqual([2, 0]);
  });

  it("is given, but not kept, when it changed while it was read", async () => {
    const versions = ["a", "b"];
    const content = {
      value: 1,
      get version() {
        return { version: versions.shift() ?? "b", modifiedAt: LONG_AGO };
      },
    };
    const { get, disk, reads } = setUp(content, {});
    expect((await get()).value).toBe(1);
    await get();
    await get();
    expect([reads(), disk.length]).toEqual([2, 1]);
  });

  it.each([
    ["covers it", { coversChunks: true }, 1],
    ["covers it, but changed a moment ago", { coversChunks: true, changedAt: Date.now() + 1000 }, 0],
    ["does not cover it", { coversChunks: false }, 0],
    ["does not exist", { coversChunks: false, version: undefined }, 0],
  ])("goes to disk only where the dataset's version %s", async (_what, store, kept) => {
    const { get, disk } = setUp({ value: 1 }, store);
    await get();
    expect(disk).toHaveLength(kept);
  });
});
