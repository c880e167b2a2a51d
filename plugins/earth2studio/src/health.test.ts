import { createJobEngine, memoryJobStore } from "@zarr-gateway/jobs";
import type { WorkflowInfo } from "@zarr-gateway/plugin";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { queueHealth, workflowsHealth } from "./health.ts";

describe("health", () => {
  it("of jobs counts what waits and since when", async () => {
    const engine = createJobEngine({ store: memoryJobStore() });
    expect(await queueHealth(engine).check({})).toMatchObject({
      status: "pass",
      waiting: 0,
      oldestWaitsSeconds: null,
    });
    engine.defineStep({ name: "run", run: async () => null });
    engine.defineJob({
      name: "a",
      params: z.unknown(),
      plan: () => [{ key: "k", input: null, steps: [{ step: "run" }] }],
    });
    await engine.submit("a", {});
    const told = await queueHealth(engine).check({});
    expect(told).toMatchObject({ status: "pass", waiting: 1, running: 0 });
    expect(told["oldestWaitsSeconds"]).toBeLessThan(60);
    await engine.close();
  });
  it("of workflows names those that are broken, and is well", async () => {
    const broken: WorkflowInfo = {
      name: "wreck",
      description: "",
      schema: {},
      isListed: true,
      state: { state: "failed", reason: "line 3" },
    };
    const workflows = { list: () => [broken], get: () => broken, isHidden: () => false };
    expect(await workflowsHealth(workflows).check({})).toEqual({
      status: "warn",
      count: 1,
      failed: { wreck: "line 3" },
    });
  });
});
