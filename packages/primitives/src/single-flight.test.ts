import { describe, expect, it } from "vitest";
import { createByteCache } from "./byte-cache/memory-byte-cache.ts";
import { createLimiter, mapConcurrently } from "./limiter.ts";
import { SingleFlight } from "./single-flight.ts";

describe("SingleFlight", () => {
  it("shares one piece of work between callers of the same key", async () => {
    const flights = new SingleFlight<string, number>();
    let runs = 0;
    const work = async () => ++runs;
    expect(
      await Promise.all([flights.run("a", work), flights.run("a", work), flights.run("b", work)]),
    ).toEqual([1, 1, 2]);
  });
  it("forgets a failure", async () => {
    const flights = new SingleFlight<string, number>();
    await expect(flights.run("a", () => Promise.reject(new Error("no")))).rejects.toThrow("no");
    expect(await flights.run("a", async () => 1)).toBe(1);
  });
  it("aborts the work only when the last caller has left", async () => {
    const flights = new SingleFlight<string, number>();
    const first = new AbortController();
    const second = new AbortController();
    let aborted = false;
    const work = ({ signal }: { signal?: AbortSignal | undefined }) =>
      new Promise<number>((_resolve, reject) =>
        signal?.addEventListener("abort", () => {
          aborted = true;
          reject(new Error("aborted"));
        }),
      );
    const a = flights.run("k", work, { signal: first.signal });
    const b = flights.run("k", work, { signal: second.signal });
    first.abort();
    await expect(a).rejects.toThrow();
    expect(aborted).toBe(false);
    second.abort();
    await expect(b).rejects.toThrow();
    expect(aborted).toBe(true);
    expect(flights.size).toBe(0);
  });
});

describe("Limiter", () => {
  it("never runs more than allowed and refuses past the queue", async () => {
    const limiter = createLimiter(2, 1);
    const releases: (() => void)[] = [];
    const work = () => new Promise<void>((resolve) => releases.push(resolve));
    const running = [limiter.run(work), limiter.run(work), limiter.run(work)];
    await expect(limiter.run(work)).rejects.toMatchObject({ code: "overloaded" });
    expect([limiter.running, limiter.queued]).toEqual([2, 1]);
    while (releases.length > 0) {
      releases.shift()?.();
      await new Promise(setImmediate);
    }
    await Promise.all(running);
    expect([limiter.running, limiter.queued]).toEqual([0, 0]);
  });
  it("lets a waiting caller leave", async () => {
    const limiter = createLimiter(1);
    const { promise, resolve } = Promise.withResolvers<void>();
    const first = limiter.run(() => promise);
    const controller = new AbortController();
    const second = limiter.run(async () => 1, { signal: controller.signal });
    controller.abort();
    await expect(second).rejects.toThrow();
    expect(limiter.queued).toBe(0);
    resolve();
    await first;
  });
  it("maps in order with bounded concurrency", async () => {
    let most = 0;
    let now = 0;
    const doubled = await mapConcurrently([1, 2, 3, 4, 5], 2, async (item) => {
      most = Math.max(most, ++now);
      await new Promise(setImmediate);
      now -= 1;
      return 2 * item;
    });
    expect(doubled).toEqual([2, 4, 6, 8, 10]);
    expect(most).toBe(2);
  });
});

describe("createByteCache", () => {
  it("creates once, remembers absence, and stays within its size", async () => {
    const cache = createByteCache(100_000);
    let created = 0;
    const make = (size: number) => async () => {
      created += 1;
      return size < 0 ? undefined : new Uint8Array(size);
    };
    await cache.getOrCreate("a", make(1000));
    await cache.getOrCreate("a", make(1000));
    expect(await cache.getOrCreate("none", make(-1))).toBeUndefined();
    expect(await cache.getOrCreate("none", make(5))).toBeUndefined();
    expect(created).toBe(2);
    for (let i = 0; i < 50; i++) await cache.getOrCreate(`k${i}`, make(10_000));
    expect(cache.bytes).toBeLessThanOrEqual(100_000);
  });
});
