import { describe, expect, it } from "vitest";
import { WeightedLimit } from "./weighted-limit.ts";

const limitOf = (max: number, maxQueue = 10, maxWaitMs = 10_000) =>
  new WeightedLimit({ of: "requests", max, maxQueue, maxWaitMs });

describe("WeightedLimit", () => {
  it("takes at once while there is room, then lets wait in order", async () => {
    const limit = limitOf(2);
    expect([limit.take(1), limit.take(1)]).toEqual([undefined, undefined]);
    const order: string[] = [];
    const waiting: (Promise<number> | undefined)[] = [
      limit.take(2)?.then(() => order.push("a")),
      limit.take(1)?.then(() => order.push("b")),
    ];
    limit.give(1);
    await Promise.resolve();
    expect(order).toEqual([]); // b would fit, but a was first
    limit.give(1);
    await Promise.resolve();
    limit.give(2);
    for (const one of waiting) await one;
    expect([order, limit.taken, limit.queued]).toEqual([["a", "b"], 1, 0]);
  });
  it("lets what is heavier than the limit pass alone", () => {
    const limit = limitOf(10);
    expect(limit.take(50)).toBeUndefined();
    expect(limit.take(1)).toBeInstanceOf(Promise);
    limit.give(50);
    expect([limit.taken, limit.queued]).toEqual([1, 0]);
  });
  it("refuses past the queue, and who has waited too long", async () => {
    const limit = limitOf(1, 1, 5);
    void limit.take(1);
    const late = limit.take(1);
    expect(() => limit.take(1)).toThrow(/too many requests/);
    await expect(late).rejects.toMatchObject({ code: "overloaded" });
    expect(limit.queued).toBe(0);
  });
  it("lets a waiting caller leave", async () => {
    const limit = limitOf(1);
    void limit.take(1);
    const controller = new AbortController();
    const waiting = limit.take(1, { signal: controller.signal });
    controller.abort();
    await expect(waiting).rejects.toThrow();
    limit.give(1);
    expect([limit.taken, limit.queued]).toEqual([0, 0]);
  });
});
