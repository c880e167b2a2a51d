import { expect, it } from "vitest";
import { toyRollouts } from "./testing/toy-rollouts.ts";

const RUN = { init: 0, member: 0, variable: "a" };

it("runs of another first state are other runs; estimates are of the last one", async () => {
  const { rollouts, clock, reference, steps } = toyRollouts();
  const field = async (n: number, state: string) => {
    const asked = rollouts.field({ ...RUN, n, state });
    await clock.pass(10_000);
    return [...(await asked)];
  };
  expect(await field(3, "before")).toEqual(reference(RUN, 3, "a"));
  expect(await field(2, "before")).toEqual(reference(RUN, 2, "a"));
  expect(steps()).toBe(3);
  expect(rollouts.estimate({ ...RUN, n: 3 }).isKept).toBe(true);
  expect(await field(2, "after")).toEqual(reference(RUN, 2, "a"));
  expect(steps()).toBe(5);
  expect(rollouts.estimate({ ...RUN, n: 3 })).toMatchObject({ isKept: false, steps: 3, stepsKept: 2 });
  expect(rollouts.estimate({ ...RUN, n: 3, state: "before" }).isKept).toBe(true);
});
