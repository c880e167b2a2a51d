import { isGatewayError } from "@zarr-gateway/primitives";
import type { ByteRange, ByteStat, ByteStore } from "@zarr-gateway/stores";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** What every store under test holds. */
export const BYTE_STORE_ENTRIES: Readonly<Record<string, Uint8Array>> = {
  "zarr.json": new TextEncoder().encode('{"zarr_format":3}'),
  "tas/zarr.json": new TextEncoder().encode("{}"),
  "tas/c/0/0": Uint8Array.from({ length: 1000 }, (_, position) => position % 251),
  "tas/c/0/1": new Uint8Array([1, 2, 3]),
  "odd name/ä+%41&?#.bin": new Uint8Array([7]),
  empty: new Uint8Array(0),
};

/** When a store looks again is its own affair. */
function lasting(stat: ByteStat | undefined): object {
  return { ...stat, freshUntil: undefined };
}

const BAD_KEYS = [
  "",
  "/",
  "/tas",
  "tas/",
  "tas//c",
  "..",
  "../x",
  "tas/../zarr.json",
  "./zarr.json",
  "a\\b",
  "a\0b",
];
const BAD_RANGES: ByteRange[] = [
  { offset: -1, length: 1 },
  { offset: 0, length: -1 },
  { offset: 0.5, length: 1 },
  { suffix: -1 },
  { suffix: Number.NaN },
];

/**
 * The contract of ByteStore as tests.
 * @param create a store that holds exactly `BYTE_STORE_ENTRIES`
 */
export function describeByteStore(name: string, create: () => Promise<ByteStore>): void {
  describe(`${name} keeps the contract of a byte store`, () => {
    let store: ByteStore;
    const get = async (key: string, range?: ByteRange): Promise<number[] | undefined> => {
      const bytes = await store.get(key, range ? { range } : {});
      return bytes && [...bytes];
    };
    beforeAll(async () => {
      store = await create();
    });
    afterAll(async () => {
      await store.close?.();
    });

    it("gives every entry whole", async () => {
      for (const [key, bytes] of Object.entries(BYTE_STORE_ENTRIES))
        expect(await get(key)).toEqual([...bytes]);
    });
    it("tells the size without reading, and a version that stays while the bytes stay", async () => {
      const first = await store.stat("tas/c/0/0");
      expect(first?.size).toBe(1000);
      expect(lasting(await store.stat("tas/c/0/0"))).toEqual(lasting(first));
      expect((await store.stat("empty"))?.size).toBe(0);
    });
    it("answers undefined for what is absent, also below a file and for a folder", async () => {
      for (const key of ["nope", "tas/c/9/9", "zarr.json/x", "tas", "tas/c", "TAS/C/0/0", "x".repeat(3000)]) {
        expect(await get(key), key).toBeUndefined();
        expect(await store.stat(key), key).toBeUndefined();
      }
    });
    it("gives the bytes of a range", async () => {
      expect(await get("tas/c/0/0", { offset: 10, length: 3 })).toEqual([10, 11, 12]);
      expect(await get("tas/c/0/1", { suffix: 2 })).toEqual([2, 3]);
      expect(await get("tas/c/0/1", { offset: 1, length: 0 })).toEqual([]);
      expect(await get("tas/c/0/1", { suffix: 0 })).toEqual([]);
    });
    it("shortens a range at the end of the bytes and never pads", async () => {
      expect(await get("tas/c/0/1", { offset: 2, length: 100 })).toEqual([3]);
      expect(await get("tas/c/0/1", { offset: 3, length: 1 })).toEqual([]);
      expect(await get("tas/c/0/1", { offset: 99, length: 1 })).toEqual([]);
      expect(await get("tas/c/0/1", { suffix: 100 })).toEqual([1, 2, 3]);
      expect(await get("empty", { suffix: 4 })).toEqual([]);
      expect(await get("nope", { offset: 0, length: 1 })).toBeUndefined();
    });
    it("gives stat and bytes of the same version together, where it can", async () => {
      const found = await store.getWithStat?.("tas/c/0/0", { range: { offset: 4, length: 2 } });
      if (!store.getWithStat) return;
      expect([...(found?.bytes ?? [])]).toEqual([4, 5]);
      expect(lasting(await store.stat("tas/c/0/0"))).toEqual(lasting(found?.stat));
      expect(await store.getWithStat("nope")).toBeUndefined();
    });
    it("refuses keys that are not in their only spelling", async () => {
      for (const key of BAD_KEYS) {
        expect(await errorCode(store.get(key)), JSON.stringify(key)).toBe("invalid_request");
        expect(await errorCode(store.stat(key)), JSON.stringify(key)).toBe("invalid_request");
      }
    });
    it("refuses ranges that are none", async () => {
      for (const range of BAD_RANGES) {
        expect(await errorCode(store.get("tas/c/0/1", { range })), JSON.stringify(range)).toBe(
          "invalid_request",
        );
      }
    });
    it("rejects with the signal's reason when it has aborted before", async () => {
      const signal = AbortSignal.abort(new Error("left"));
      await expect(store.get("zarr.json", { signal })).rejects.toThrow("left");
    });
    it("lists the names below a folder, where it can list", async () => {
      if (!store.list) return;
      const list = async (prefix: string): Promise<string[]> =>
        (await Array.fromAsync(store.list?.(prefix) ?? [])).sort();
      expect(await list("")).toEqual(["empty", "odd name/", "tas/", "zarr.json"]);
      expect(await list("tas")).toEqual(["c/", "zarr.json"]);
      expect(await list("tas/c/")).toEqual(["0/"]);
      expect(await list("nope")).toEqual([]);
      expect(await errorCode(list(".."))).toBe("invalid_request");
    });
    it("answers many reads at once", async () => {
      const all = await Promise.all(
        Array.from({ length: 200 }, (_, offset) => get("tas/c/0/0", { offset, length: 2 })),
      );
      expect(all).toEqual(Array.from({ length: 200 }, (_, offset) => [offset, offset + 1]));
    });
  });
}

async function errorCode(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return "no error";
  } catch (error) {
    return isGatewayError(error) ? error.code : `not a GatewayError: ${String(error)}`;
  }
}
