import { describe, expect, it } from "vitest";
import { toyRollouts } from "./testing/toy-rollouts.ts";

const RUN = { init: 0, member: 0 };

describe("roll-outs", () => {
  it("make what a lead needs, and keep all that they pass", async () => {
    const { rollouts, clock, reference, steps } = toyRollouts();
    const asked = rollouts.field({ ...RUN, n: 5, variable: "a" });
    await clock.pass(10_000);
    expect([...(await asked)]).toEqual(reference(RUN, 5, "a"));
    expect(steps()).toBe(5);
    for (const variable of ["a", "b", "d"]) {
      for (const n of [1, 2, 3, 4, 5])
        expect([...(await rollouts.field({ ...RUN, n, variable }))]).toEqual(reference(RUN, n, variable));
    }
    expect(steps()).toBe(5);
  });
});
