import { type JobStore, memoryJobStore } from "@zarr-gateway/jobs";
import { GatewayError } from "@zarr-gateway/primitives";
import { describe, expect, it } from "vitest";
import type { FrontDoor } from "../api/front-door.ts";
import { jobHealth } from "../api/job-health.ts";
import { JobMetrics } from "./job-metrics.ts";
import { observedStore } from "./observed-store.ts";

const LOOK = { worker: "w", now: 0, leaseMs: 1, free: 1, steps: ["s"], limits: {} };

describe("a store of jobs that takes no changes", () => {
  it("is not healthy, though it can be read, until it takes one again", async () => {
    let failure: Error | undefined;
    const kept = memoryJobStore();
    const failing: JobStore = {
      ...kept,
      claim: (request, options) =>
        failure === undefined ? kept.claim(request, options) : Promise.reject(failure),
      remove: async () => {
        if (failure !== undefined) throw failure;
        return true;
      },
    };
    let now = 1000;
    const metrics = new JobMetrics(() => now);
    const store = observedStore(failing, metrics);
    const door = { jobs: { engine: { list: async () => [] } }, activity: { metrics } };
    // what the check asks of a front door
    const [check] = jobHealth(door as unknown as FrontDoor);
    const health = async (): Promise<object | undefined> => check?.check({});
    expect(await health()).toMatchObject({ status: "pass" });

    failure = new GatewayError("internal", "the jobs database is read-only");
    await expect(store.claim(LOOK)).rejects.toThrow("read-only");
    expect(await health()).toMatchObject({ status: "fail", reason: "the jobs database is read-only" });
    failure = undefined;
    await store.claim(LOOK); // nothing to begin, and so nothing to write
    expect(await health()).toMatchObject({ status: "fail" });
    await store.remove("a");
    expect(await health()).toMatchObject({ status: "pass" });

    failure = new GatewayError("overloaded", "the jobs database is full");
    await expect(store.remove("a")).rejects.toThrow("full");
    expect(await health()).toMatchObject({ status: "fail" });
    now += 60_000;
    expect(await health()).toMatchObject({ status: "pass" });
    failure = new Error("aborted");
    await expect(store.remove("a")).rejects.toThrow("aborted");
    expect(await health()).toMatchObject({ status: "pass" });
  });
});
