import { createByteCache, GatewayError } from "@zarr-gateway/primitives";
import { BYTE_STORE_ENTRIES, describeByteStore, recordingStore } from "@zarr-gateway/testkit";
import { describe, expect, it } from "vitest";
import { memoryStore } from "../byte-store/memory.ts";
import { changedError } from "../byte-store/object-requests.ts";
import type { ByteStore } from "../byte-store.ts";
import { cached } from "./cached.ts";
import { coalesced } from "./coalesced.ts";
import { limited } from "./limited.ts";
import { retried } from "./retried.ts";

const entries = (): Map<string, Uint8Array> => new Map(Object.entries(BYTE_STORE_ENTRIES));
const newCached = (store: ByteStore): ByteStore =>
  cached(store, { cache: createByteCache(1e6), name: "test" });
/** A store without the optional members. */
const plain = (store: ByteStore): ByteStore => ({ get: store.get.bind(store), stat: store.stat.bind(store) });

describeByteStore("cached", async () => newCached(memoryStore(entries())));
describeByteStore("cached, of a store without getWithStat", async () =>
  newCached(plain(memoryStore(entries()))),
);
describeByteStore("coalesced", async () => coalesced(memoryStore(entries())));
describeByteStore("limited", async () => limited(memoryStore(entries()), 2));
describeByteStore("retried", async () => retried(memoryStore(entries())));
describeByteStore("all wrappers", async () =>
  newCached(coalesced(retried(limited(memoryStore(entries()), 2)))),
);

describe("cached", () => {
  it("reads once within checkEveryMs, also when many ask at the same time", async () => {
    const origin = recordingStore(memoryStore(entries()));
    const store = newCached(origin);
    await Promise.all(Array.from({ length: 20 }, () => store.get("tas/c/0/0")));
    await store.get("tas/c/0/0");
    expect(origin.calls).toEqual([{ method: "get", key: "tas/c/0/0", bytes: 1000 }]);
  });
  it("asks for the version after checkEveryMs and reads again only when it has changed", async () => {
    let time = 0;
    const map = entries();
    const origin = recordingStore(memoryStore(map));
    const store = cached(origin, { cache: createByteCache(1e6), name: "test", now: () => time });
    await store.get("tas/c/0/1");
    time = 3000;
    await store.get("tas/c/0/1");
    expect(origin.calls.map(({ method }) => method)).toEqual(["get", "stat"]);
    map.set("tas/c/0/1", new Uint8Array([9]));
    expect([...((await store.get("tas/c/0/1")) ?? [])]).toEqual([1, 2, 3]);
    time = 6000;
    expect([...((await store.get("tas/c/0/1")) ?? [])]).toEqual([9]);
  });
  it("asks for the version at once after a read that met another one", async () => {
    const map = entries();
    const origin = memoryStore(map);
    const store = newCached({
      ...origin,
      getWithStat: (key, options) =>
        options?.ifMatch === undefined
          ? (origin.getWithStat?.(key, options) ?? Promise.resolve(undefined))
          : Promise.reject(changedError(key)),
    });
    const before = await store.stat("tas/c/0/1");
    map.set("tas/c/0/1", new Uint8Array([9]));
    expect(await store.stat("tas/c/0/1")).toEqual(before);
    await expect(store.get("tas/c/0/1", { ifMatch: '"old"' })).rejects.toMatchObject({ code: "upstream" });
    expect((await store.stat("tas/c/0/1"))?.version).not.toBe(before?.version);
  });
  it("looks and reads in one request where it is told that the bytes are read next", async () => {
    const origin = recordingStore(memoryStore(entries()));
    const store = cached(origin, { cache: createByteCache(1e6), name: "test" });
    expect((await store.statForRead?.("tas/c/0/1"))?.size).toBe(3);
    expect((await store.get("tas/c/0/1"))?.length).toBe(3);
    expect(await store.statForRead?.("tas/c/0/1")).toMatchObject({ size: 3 });
    expect(origin.calls).toHaveLength(1);
    const uncached = recordingStore(memoryStore(entries()));
    await cached(uncached, { cache: createByteCache(0), name: "test" }).statForRead?.("tas/c/0/1");
    expect(uncached.calls.map(({ method }) => method)).toEqual(["stat"]);
  });
  it("tells until when it does not look again, and not that what was asked for earlier came later", async () => {
    let time = 0;
    const answers: (() => void)[] = [];
    const origin = memoryStore(entries());
    const late: ByteStore = {
      ...plain(origin),
      async getWithStat(key, options) {
        const found = await origin.getWithStat?.(key, options);
        if (options?.range === undefined) return found;
        await new Promise<void>((resolve) => answers.push(resolve));
        return found && { ...found, stat: { ...found.stat, version: "old" } };
      },
    };
    const options = { cache: createByteCache(1e6), name: "test", now: () => time, checkEveryMs: 100 };
    const store = cached(late, options);
    const early = store.get("tas/c/0/1", { range: { offset: 0, length: 1 } });
    await Promise.resolve();
    time = 50;
    expect(await store.statForRead?.("tas/c/0/1")).toMatchObject({ freshUntil: 150 });
    const { version } = (await store.stat("tas/c/0/1")) ?? {};
    while (answers.length === 0) await new Promise(setImmediate);
    answers[0]?.();
    await early;
    expect(await store.stat("tas/c/0/1")).toMatchObject({ version, freshUntil: 150 });
    const always = cached(origin, { ...options, checkEveryMs: 0 });
    expect(await always.stat("tas/c/0/1")).not.toHaveProperty("freshUntil");
  });
  it("remembers absence for checkEveryMs", async () => {
    let time = 0;
    const map = entries();
    const origin = recordingStore(memoryStore(map));
    const store = cached(origin, { cache: createByteCache(1e6), name: "test", now: () => time });
    expect(await store.get("new")).toBeUndefined();
    expect(await store.get("new")).toBeUndefined();
    expect(origin.calls.length).toBe(1);
    map.set("new", new Uint8Array([1]));
    time = 2000;
    expect([...((await store.get("new")) ?? [])]).toEqual([1]);
  });
  it("does not remember a failure", async () => {
    let isBroken = true;
    const origin = memoryStore(entries());
    const store = newCached({
      stat: (key) => origin.stat(key),
      async get(key) {
        if (isBroken) throw new GatewayError("upstream", "broken");
        return origin.get(key);
      },
    });
    await expect(store.get("zarr.json")).rejects.toThrow("broken");
    isBroken = false;
    expect(await store.get("zarr.json")).toBeDefined();
  });
});

describe("coalesced", () => {
  const range = (offset: number, length: number) => ({ range: { offset, length } });

  it("reads ranges that lie close together at once", async () => {
    const origin = recordingStore(memoryStore(entries()));
    const store = coalesced(origin, { maxGapBytes: 10, maxReadBytes: 500 });
    const parts = await Promise.all([
      store.get("tas/c/0/0", range(20, 5)),
      store.get("tas/c/0/0", range(0, 10)),
      store.get("tas/c/0/0", range(900, 2)),
    ]);
    expect(parts.map((part) => part?.[0])).toEqual([20, 0, 900 % 251]);
    expect(origin.calls.map((call) => call.range)).toEqual([
      { offset: 0, length: 25 },
      { offset: 900, length: 2 },
    ]);
  });
  it("goes on for the others when one caller leaves, and stops when all have", async () => {
    const signals: (AbortSignal | undefined)[] = [];
    const store = coalesced({
      stat: async () => undefined,
      get: (_key, options) =>
        new Promise((resolve, reject) => {
          signals.push(options?.signal);
          options?.signal?.addEventListener("abort", () => reject(new Error("stopped")));
          setTimeout(() => resolve(new Uint8Array([1, 2, 3, 4])), 30);
        }),
    });
    const [first, second] = [new AbortController(), new AbortController()];
    const leaving = store.get("a", { ...range(0, 2), signal: first.signal });
    const staying = store.get("a", { ...range(2, 2), signal: second.signal });
    setTimeout(() => first.abort(new Error("left")), 10);
    await expect(leaving).rejects.toThrow("left");
    expect([...((await staying) ?? [])]).toEqual([3, 4]);
    expect(signals[0]?.aborted).toBe(false);

    const both = [first, second].map(() => new AbortController());
    const reads = both.map(({ signal }) => store.get("a", { ...range(0, 2), signal }).catch(String));
    setTimeout(() => both.forEach((controller) => void controller.abort(new Error("left"))), 10);
    expect(await Promise.all(reads)).toEqual(["Error: left", "Error: left"]);
    expect(signals[1]?.aborted).toBe(true);
  });
  it("tells every caller of a joint read that it failed", async () => {
    const store = coalesced({
      stat: async () => undefined,
      get: async () => {
        throw new GatewayError("upstream", "broken");
      },
    });
    const reads = [store.get("a", range(0, 1)), store.get("a", range(1, 1))];
    for (const settled of await Promise.allSettled(reads)) expect(settled.status).toBe("rejected");
  });
});

describe("retried", () => {
  const failing = (
    times: number,
    details: Record<string, unknown>,
  ): { store: ByteStore; calls: () => number } => {
    let calls = 0;
    const get = async (): Promise<Uint8Array> => {
      calls += 1;
      if (calls <= times) throw new GatewayError("upstream", "busy", details);
      return new Uint8Array([1]);
    };
    return { store: { get, stat: async () => undefined }, calls: () => calls };
  };

  it("waits twice as long each time, and as long as it is told to", async () => {
    const waits: number[] = [];
    const wait = async (ms: number): Promise<void> => void waits.push(ms);
    await retried(failing(3, { retryable: true }).store, { backoffMs: 100, wait }).get("a");
    expect(waits.map((ms, turn) => ms / 2 ** turn >= 100 && ms / 2 ** turn <= 150)).toEqual([
      true,
      true,
      true,
    ]);
    waits.length = 0;
    await retried(failing(1, { retryable: true, retryAfterMs: 3000 }).store, { wait }).get("a");
    expect(waits).toEqual([3000]);
    waits.length = 0;
    await retried(failing(1, { retryable: true, retryAfterMs: 1e9 }).store, { wait }).get("a");
    expect(waits).toEqual([5000]);
  });
  it("gives up after its attempts, at once when asking again cannot help, and when the caller has left", async () => {
    const wait = async (): Promise<void> => undefined;
    const busy = failing(99, { retryable: true });
    await expect(retried(busy.store, { attempts: 3, wait }).get("a")).rejects.toThrow("busy");
    expect(busy.calls()).toBe(3);
    const broken = failing(99, {});
    await expect(retried(broken.store, { wait }).get("a")).rejects.toThrow("busy");
    expect(broken.calls()).toBe(1);
  });
});

describe("limited", () => {
  it("lets no more than so many reads run, and refuses past the queue", async () => {
    let running = 0;
    let most = 0;
    const store = limited(
      {
        stat: async () => undefined,
        async get() {
          running += 1;
          most = Math.max(most, running);
          await new Promise((resolve) => setTimeout(resolve, 2));
          running -= 1;
          return undefined;
        },
      },
      2,
      3,
    );
    const reads = await Promise.allSettled(Array.from({ length: 7 }, () => store.get("a")));
    expect(most).toBe(2);
    expect(reads.filter(({ status }) => status === "rejected").length).toBe(2);
  });
});
