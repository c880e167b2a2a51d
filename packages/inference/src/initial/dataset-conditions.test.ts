import { createWorkerPool } from "@zarr-gateway/primitives";
import { describe, expect, it } from "vitest";
import { initialConditions } from "./dataset-conditions.ts";
import { analysis, testModel } from "./testing/analysis.ts";

describe("initialConditions", () => {
  it("gives states at all times that have their history, newest entry first", async () => {
    const conditions = await initialConditions(analysis(), testModel({ history: 2 }));
    expect(conditions.times.length).toBe(3);
    const { n, entries } = await conditions.state({ init: 0, member: 0 });
    expect(n).toBe(0);
    expect(entries.length).toBe(2);
    expect(entries[0]?.get("h")?.slice(0, 3)).toEqual(Float32Array.of(100, 101, 102));
    expect(entries[1]?.get("h")?.slice(0, 3)).toEqual(Float32Array.of(0, 1, 2));
  });

  it("works on threads as it does on its own", async () => {
    const pool = createWorkerPool({ threads: 1, maxQueue: 100 });
    const model = testModel({ perturbation: { std: { h: 2 }, correlationKm: 3000 } });
    const [here, there] = await Promise.all([
      initialConditions(analysis(), model).then((one) => one.state({ init: 1, member: 3 })),
      initialConditions(analysis(), model, { pool }).then((one) => one.state({ init: 1, member: 3 })),
    ]);
    expect(there).toEqual(here);
    await pool.close();
  });
});
