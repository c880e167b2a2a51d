import { describe, expect, it } from "vitest";
import type { ModelVariable, NetworkPlan } from "../model-package.ts";
import { isPublished } from "./published-leads.ts";

const variable = (name: string, role: ModelVariable["role"]): ModelVariable => ({
  name,
  role,
  attrs: {},
  nan: "refuse",
});

function network(names: readonly string[], from: number, to: number): NetworkPlan {
  const output = {
    name: "y",
    layout: [],
    times: [1],
    channels: names.map((name) => ({ kind: "field" as const, variable: name })),
    levelCount: 1,
    feed: [1],
    residual: false,
  };
  return { key: "networks[0]", stride: 1, when: { from, to, every: 1 }, inputs: [], outputs: [output] };
}

describe("isPublished", () => {
  const model = {
    variables: [variable("h", "state"), variable("rain", "diagnostic"), variable("cape", "diagnostic")],
    networks: [network(["h", "rain"], 1, 2), network(["h"], 3, Number.POSITIVE_INFINITY)],
    diagnostics: [network(["cape"], 0, Number.POSITIVE_INFINITY)],
  };
  const leads = (name: string) => [0, 1, 2, 3, 4].filter((n) => isPublished(model, name, n));

  it("is so for the state at all leads", () => expect(leads("h")).toEqual([0, 1, 2, 3, 4]));
  it("is so for what diagnostic networks give at all leads", () =>
    expect(leads("cape")).toEqual([0, 1, 2, 3, 4]));
  it("is so for what a network gives besides the state where that network is used", () =>
    expect(leads("rain")).toEqual([1, 2]));
  it("is so for nothing else", () => expect(leads("snow")).toEqual([]));
});
