import { type ByteCache, createByteCache, type DiskCache, type KeptBytes } from "@zarr-gateway/primitives";
import { recordingStore } from "@zarr-gateway/testkit";
import { describe, expect, it } from "vitest";
import { memoryStore } from "../byte-store/memory.ts";
import type { ByteStat, ByteStore } from "../byte-store.ts";
import { cached } from "./cached.ts";

/** Outlives the caches before it. */
function fakeDisk(): DiskCache {
  const kept = new Map<string, KeptBytes>();
  const counts = { hits: 0, misses: 0, writes: 0, dropped: 0, damaged: 0, evictions: 0, bytes: 0 };
  return {
    counts,
    get: async (key) => kept.get(key),
    keep: (key, bytes) => void kept.set(key, bytes),
    close: async () => undefined,
  };
}

/** A store whose stats have other validators. */
function validated(store: ByteStore, change: (stat: ByteStat) => ByteStat): ByteStore {
  return {
    async getWithStat(key, options) {
      const bytes = await store.get(key, options);
      const stat = bytes && (await store.stat(key));
      return stat && bytes && { bytes, stat: change(stat) };
    },
    get: (key, options) => store.get(key, options),
    stat: async (key) => {
      const stat = await store.stat(key);
      return stat && change(stat);
    },
  };
}

const withEtag = (stat: ByteStat): ByteStat => ({ ...stat, etag: `"${stat.version}"` });

describe("a cached store before a disk cache", () => {
  const setUp = (change: (stat: ByteStat) => ByteStat) => {
    const map = new Map([["a", Uint8Array.of(1, 2, 3)]]);
    const origin = recordingStore(validated(memoryStore(map), change));
    const disk = fakeDisk();
    const restart = (): ByteStore => {
      const cache: ByteCache = createByteCache(1e6, { disk });
      return cached(origin, { cache, name: "test" });
    };
    let told = 0;
    const methods = () => {
      const since = origin.calls.slice(told).map(({ method }) => method);
      told = origin.calls.length;
      return since;
    };
    return { map, restart, methods };
  };

  it("asks only for the version of what was read before a restart", async () => {
    const { map, restart, methods } = setUp(withEtag);
    const range = { offset: 1, length: 2 };
    expect(await restart().get("a", { range })).toEqual(Uint8Array.of(2, 3));
    expect(methods()).toEqual(["get"]);
    const again = restart();
    expect(await again.get("a", { range })).toEqual(Uint8Array.of(2, 3));
    expect(methods()).toEqual(["stat"]);
    expect(await again.get("a")).toEqual(Uint8Array.of(1, 2, 3));
    expect(methods()).toEqual(["get"]);
    map.set("a", Uint8Array.of(9));
    expect(await restart().get("a")).toEqual(Uint8Array.of(9));
    expect(methods()).toEqual(["stat", "get"]);
    map.delete("a");
    expect(await restart().get("a")).toBeUndefined();
  });

  it.each<[string, (stat: ByteStat) => ByteStat]>([
    ["a weak ETag", (stat) => ({ ...stat, etag: `W/"${stat.version}"` })],
    [
      "the second in which it was written",
      (stat) => ({ size: stat.size, version: "x", modifiedAt: Date.now() }),
    ],
    ["no version at all", ({ size }) => ({ size })],
  ])("keeps nothing of a store that tells %s", async (_what, change) => {
    const { restart, methods } = setUp(change);
    await restart().get("a");
    methods();
    await restart().get("a");
    expect(methods()).toEqual(["get"]);
  });
});
