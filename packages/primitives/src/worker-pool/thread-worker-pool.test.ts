import { getPriority } from "node:os";
import { afterEach, describe, expect, it } from "vitest";
import { siblingModule } from "../sibling-module.ts";
import type { WorkerPool } from "../worker-pool.ts";
import { createWorkerPool } from "./thread-worker-pool.ts";

const module = siblingModule(import.meta.url, "echo-task");
let pool: WorkerPool;
afterEach(() => pool.close());

describe("ThreadWorkerPool", () => {
  it("runs more calls than threads and answers each with its own result", async () => {
    pool = createWorkerPool({ threads: 2, maxQueue: 100 });
    const results = await Promise.all([1, 2, 3, 4, 5].map((n) => pool.run({ module, name: "double" }, n)));
    expect(results).toEqual([2, 4, 6, 8, 10]);
    expect([pool.queued, pool.running]).toEqual([0, 0]);
  });
  it("carries code and details of an error across", async () => {
    pool = createWorkerPool({ threads: 1, maxQueue: 10 });
    await expect(pool.run({ module, name: "refuse" }, undefined)).rejects.toMatchObject({
      name: "GatewayError",
      code: "unsupported",
      details: { codec: "x" },
    });
  });
  it("ends a thread that runs too long, and goes on with another", async () => {
    pool = createWorkerPool({ threads: 1, maxQueue: 10 });
    await expect(pool.run({ module, name: "spin" }, undefined, { timeoutMs: 300 })).rejects.toMatchObject({
      code: "upstream",
    });
    expect(await pool.run({ module, name: "double" }, 21)).toBe(42);
  });
  it("survives a task that exhausts its heap", async () => {
    pool = createWorkerPool({ threads: 1, maxQueue: 10, maxHeapMiB: 32 });
    await expect(pool.run({ module, name: "exhaust" }, undefined)).rejects.toMatchObject({
      code: "internal",
    });
    expect(await pool.run({ module, name: "double" }, 1)).toBe(2);
  });
  it.runIf(process.platform === "linux")("gives way to the event loop", async () => {
    pool = createWorkerPool({ threads: 1, maxQueue: 10 });
    expect(await pool.run<undefined, number>({ module, name: "niceness" }, undefined)).toBe(10);
    expect(getPriority(0)).toBeLessThan(10);
  });
  it("moves buffers instead of copying them", async () => {
    pool = createWorkerPool({ threads: 1, maxQueue: 10 });
    expect(await pool.run<undefined, Uint8Array>({ module, name: "moved" }, undefined)).toEqual(
      new Uint8Array([1, 2, 3]),
    );
  });
  it("refuses past its queue, and lets a waiting caller leave", async () => {
    pool = createWorkerPool({ threads: 1, maxQueue: 1 });
    const running = pool.run({ module, name: "double" }, 1);
    const controller = new AbortController();
    const waiting = pool.run({ module, name: "double" }, 2, { signal: controller.signal });
    await expect(pool.run({ module, name: "double" }, 3)).rejects.toMatchObject({ code: "overloaded" });
    controller.abort();
    await expect(waiting).rejects.toThrow();
    expect(pool.queued).toBe(0);
    expect(await running).toBe(2);
  });
  it("takes later steps of work before first ones", async () => {
    pool = createWorkerPool({ threads: 1, maxQueue: 10 });
    const order: number[] = [];
    const run = async (input: number, isLaterStep: boolean): Promise<void> => {
      await pool.run({ module, name: "double" }, input, { isLaterStep });
      order.push(input);
    };
    await Promise.all([run(1, false), run(2, false), run(3, true), run(4, true)]);
    expect(order).toEqual([1, 3, 4, 2]);
  });
});
