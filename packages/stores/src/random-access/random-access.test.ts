import { BYTE_STORE_ENTRIES, recordingStore } from "@zarr-gateway/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { memoryStore } from "../byte-store/memory.ts";
import type { ByteRange } from "../byte-store.ts";
import { paged } from "./paged.ts";
import { storeAccess } from "./store-access.ts";

const KEY = "tas/c/0/0";
const WHOLE = BYTE_STORE_ENTRIES[KEY] ?? new Uint8Array(0);

describe("access to an entry of a store", () => {
  it("fails instead of mixing two versions", async () => {
    const map = new Map(Object.entries(BYTE_STORE_ENTRIES));
    const access = await storeAccess(memoryStore(map), KEY);
    map.set(KEY, new Uint8Array(1000));
    await expect(access.read(0, 10)).rejects.toMatchObject({ code: "upstream", details: { changed: true } });
    expect(await access.isCurrent?.()).toBe(false);
    map.delete(KEY);
    await expect(access.read(0, 10)).rejects.toMatchObject({ code: "upstream" });
  });
});

describe("access to an entry of a store that tells no versions", () => {
  it("fails when the entry has become another, which its size tells", async () => {
    const map = new Map(Object.entries(BYTE_STORE_ENTRIES));
    const versioned = memoryStore(map);
    const found = async (range: ByteRange | undefined) => {
      const bytes = await versioned.get(KEY, range ? { range } : {});
      return bytes && { bytes, stat: { size: map.get(KEY)?.length ?? 0 } };
    };
    const access = await storeAccess(
      {
        stat: async () => ({ size: map.get(KEY)?.length ?? 0 }),
        get: async (_key, options) => (await found(options?.range))?.bytes,
        getWithStat: async (_key, options) => found(options?.range),
      },
      KEY,
    );
    expect((await access.read(0, 10)).length).toBe(10);
    map.set(KEY, new Uint8Array(1001));
    await expect(access.read(0, 10)).rejects.toMatchObject({ code: "upstream", details: { changed: true } });
  });
});

describe("paged access", () => {
  it("gives the same bytes as without pages", async () => {
    const access = paged(await storeAccess(memoryStore(BYTE_STORE_ENTRIES), KEY), {
      pageBytes: 64,
      maxPages: 3,
    });
    await fc.assert(
      fc.asyncProperty(fc.nat(1000), fc.nat(300), async (offset, length) => {
        const end = Math.min(offset + length, 1000);
        expect([...(await access.read(offset, end - offset))]).toEqual([...WHOLE.subarray(offset, end)]);
      }),
    );
    await expect(access.read(990, 20)).rejects.toThrow(/truncated/);
  });
  it("reads a page once for many small reads, and forgets a page that failed", async () => {
    const origin = recordingStore(memoryStore(BYTE_STORE_ENTRIES));
    const access = paged(await storeAccess(origin, KEY), { pageBytes: 64 });
    await Promise.all(Array.from({ length: 16 }, (_, n) => access.read(4 * n, 4)));
    expect(origin.reads).toBe(1);

    let isBroken = true;
    const flaky = paged({
      size: 100,
      async read(_offset, length) {
        if (isBroken) throw new Error("broken");
        return new Uint8Array(length);
      },
    });
    await expect(flaky.read(0, 4)).rejects.toThrow("broken");
    isBroken = false;
    expect((await flaky.read(0, 4)).length).toBe(4);
  });
});
