import { expect, it } from "vitest";
import type { InitialConditions } from "../initial-conditions.ts";
import { toyConditions } from "./testing/toy-model.ts";
import { toyRollouts } from "./testing/toy-rollouts.ts";

it("members with other noise are other runs, each made once; the control is the same run", async () => {
  const begun: string[] = [];
  const conditions = toyConditions(1, 3);
  const state: InitialConditions["state"] = (place, call) => {
    begun.push(`${place.member} ${JSON.stringify(place.noise ?? null)}`);
    return conditions.state(place, call);
  };
  const { rollouts, clock, steps } = toyRollouts({ rollouts: { conditions: { ...conditions, state } } });
  const read = async (member: number, noise?: { readonly scale?: number; readonly seed?: number }) => {
    const asked = rollouts.field({ init: 0, n: 2, variable: "a", member, ...(noise && { noise }) });
    await clock.pass(10_000);
    await asked;
    return steps();
  };
  expect(await read(1)).toBe(2);
  expect(await read(1, { scale: 1 })).toBe(2);
  expect(await read(1, { scale: 2 })).toBe(4);
  expect(await read(1, { scale: 2, seed: 7 })).toBe(6);
  expect(await read(1, { seed: 7, scale: 2 })).toBe(6);
  expect(await read(0, { seed: 7 })).toBe(8);
  expect(await read(0)).toBe(8);
  expect(begun).toEqual(["1 null", '1 {"scale":2}', '1 {"scale":2,"seed":7}', "0 null"]);
});
