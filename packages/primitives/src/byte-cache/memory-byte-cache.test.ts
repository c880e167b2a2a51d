import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DiskCache, KeptBytes } from "../disk-cache.ts";
import { CostAwareMap } from "./cost-aware-map.ts";
import { createByteCache } from "./memory-byte-cache.ts";

describe("CostAwareMap", () => {
  it("never holds more than it may, and gives back what was set", () => {
    const step = fc.record({
      key: fc.nat(30),
      bytes: fc.integer({ min: 1, max: 400 }),
      costMs: fc.double({ min: 0.01, max: 1000, noNaN: true }),
      isRead: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const map = new CostAwareMap<string>(1000);
        let sum = 0;
        for (const { key, bytes, costMs, isRead } of steps) {
          const value = `${key} ${bytes}`;
          if (isRead) expect(map.get(`${key}`)?.startsWith(`${key} `) ?? true).toBe(true);
          else {
            map.set(`${key}`, value, { bytes, costMs });
            expect(map.get(`${key}`)).toBe(bytes > 250 ? undefined : value);
          }
          expect(map.bytes).toBeLessThanOrEqual(1000);
          sum = Array.from({ length: 31 }, (_, at) => map.get(`${at}`)).reduce(
            (total, found) => total + Number(found?.split(" ")[1] ?? 0),
            0,
          );
          expect(map.bytes).toBe(sum);
        }
      }),
    );
  });
  it("keeps what saves the most time for its size, and forgets it when nobody asks any longer", () => {
    const map = new CostAwareMap<number>(100_000);
    map.set("precious", 1, { bytes: 1000, costMs: 100 });
    for (let number = 0; number < 2000; number += 1) map.set(`${number}`, 0, { bytes: 1000, costMs: 1 });
    expect(map.get("precious")).toBe(1);
    for (let number = 0; number < 60_000; number += 1) map.set(`${number}`, 0, { bytes: 1000, costMs: 1 });
    expect(map.get("precious")).toBeUndefined();
  });
  it("keeps what is asked for often against what passes once", () => {
    const map = new CostAwareMap<number>(100_000);
    for (let number = 0; number < 50; number += 1) map.set(`hot ${number}`, 1, { bytes: 1000, costMs: 1 });
    let hits = 0;
    for (let number = 0; number < 5000; number += 1) {
      if (map.get(`hot ${number % 50}`)) hits += 1;
      map.set(`once ${number}`, 0, { bytes: 1000, costMs: 1 });
    }
    expect(hits).toBeGreaterThan(4500);
  });
});

/** In memory, with the calls it got. */
function fakeDisk(): DiskCache & { readonly kept: Map<string, KeptBytes> } {
  const kept = new Map<string, KeptBytes>();
  const counts = { hits: 0, misses: 0, writes: 0, dropped: 0, damaged: 0, evictions: 0, bytes: 0 };
  return {
    kept,
    counts,
    get: async (key) => kept.get(key),
    keep: (key, bytes) => void kept.set(key, bytes),
    close: async () => undefined,
  };
}

describe("a byte cache before a disk cache", () => {
  const never = () => Promise.reject(new Error("not to be made"));

  it("keeps on disk only what lasts under its key", async () => {
    const disk = fakeDisk();
    const cache = createByteCache(1e6, { disk });
    const make = async () => Uint8Array.of(1);
    await cache.getOrCreate("here", make);
    await cache.getOrCreate("fresh", make, { disk: "read" });
    await cache.getOrCreate("lasting", make, { disk: "keep", costMs: 12 });
    expect([...disk.kept.keys()]).toEqual(["lasting"]);
    expect(disk.kept.get("lasting")?.costMs).toBe(12);
  });
  it("takes from disk what another process made, absence included, and tells where it came from", async () => {
    const disk = fakeDisk();
    disk.kept.set("a", { bytes: Uint8Array.of(1), costMs: 5 });
    disk.kept.set("none", { bytes: undefined, costMs: 5 });
    const cache = createByteCache(1e6, { disk });
    const told: string[] = [];
    const timings = { add: (name: string, _ms?: number, note = "") => void told.push(`${name} ${note}`) };
    expect(await cache.getOrCreate("a", never, { disk: "read", timings })).toEqual(Uint8Array.of(1));
    expect(await cache.getOrCreate("none", never, { disk: "keep", timings })).toBeUndefined();
    expect(await cache.getOrCreate("a", never, { disk: "read", timings })).toEqual(Uint8Array.of(1));
    await cache.getOrCreate("b", async () => undefined, { timings });
    expect(told).toEqual(["cache disk", "cache disk", "cache hit", "cache miss"]);
    await expect(cache.getOrCreate("a2", never, { disk: "read" })).rejects.toThrow("not to be made");
  });
  it("recalls without making", async () => {
    const disk = fakeDisk();
    const cache = createByteCache(1e6, { disk });
    expect(await cache.recall("a")).toBeUndefined();
    disk.kept.set("a", { bytes: Uint8Array.of(1), costMs: 5 });
    expect(await cache.recall("a")).toEqual(Uint8Array.of(1));
    expect(cache.peek("a")).toEqual(Uint8Array.of(1));
  });
});
