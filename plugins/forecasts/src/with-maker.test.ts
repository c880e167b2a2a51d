import type { Dataset } from "@zarr-gateway/dataset";
import type { FieldEstimate, ModelVariable } from "@zarr-gateway/inference";
import { expect, it } from "vitest";
import { withMaker } from "./with-maker.ts";

const variable = (name: string, role: ModelVariable["role"]): ModelVariable => ({
  name,
  role,
  attrs: {},
  nan: "refuse",
});
const model = {
  variables: [variable("h", "state"), variable("rain", "diagnostic")],
  history: 1,
  networks: [
    {
      key: "networks[0]",
      file: "/step.onnx",
      stride: 1,
      when: { from: 1, to: Number.POSITIVE_INFINITY, every: 1 },
      inputs: [],
      outputs: [],
    },
  ],
};

/** Leads up to 2 of the first initial time are kept. */
const estimate = ({ init, n }: { readonly init: number; readonly n: number }): FieldEstimate => ({
  steps: n,
  stepsKept: init === 0 ? Math.min(n, 2) : 0,
  stepsAhead: init,
  waitMs: 1000 * Math.max(0, n - (init === 0 ? 2 : 0)),
  isKept: init === 0 && n <= 2,
});

const source = {
  dtype: "float32" as const,
  fill: Number.NaN,
  grid: { shape: [2, 9, 3], chunkShape: [1, 1, 3] },
  read: async () => undefined,
};
const plain: Dataset = {
  attrs: {},
  groups: new Map(),
  variables: new Map(
    ["h", "rain", "lat"].map((name) => [
      name,
      { name, dims: ["init_time", "lead_time", "lat"], attrs: {}, source },
    ]),
  ),
};
const made = withMaker(plain, { model, rollouts: { estimate }, hasStoredStart: true });
const maker = made.variables.get("h")?.source.made?.by;
const chunk = (variable: string, init: number, n: number) => ({ variable, index: [init, n, 0] });

it("marks what the model makes, and nothing else", () => {
  expect([...made.variables].map(([name, { source }]) => [name, source.made?.variable])).toEqual([
    ["h", "h"],
    ["rain", "rain"],
    ["lat", undefined],
  ]);
});

it("counts the steps of a run once, whatever is wanted of it", () => {
  const needed = [chunk("h", 0, 1), chunk("h", 0, 5), chunk("rain", 0, 5), chunk("h", 1, 3)];
  expect(maker?.explain(needed)).toEqual({
    runs: 2,
    steps: 8,
    stepsKept: 2,
    keptShare: 0.333,
    stepsAhead: 1,
    waitSeconds: 6,
  });
});

it("has the analysis and what is kept at hand, and no diagnosis that nobody has asked for", () => {
  const isAtHand = (...needed: Parameters<typeof chunk>) => maker?.isAtHand([chunk(...needed)]);
  expect([isAtHand("h", 1, 0), isAtHand("rain", 0, 2)]).toEqual([true, true]);
  expect([isAtHand("rain", 1, 0), isAtHand("h", 0, 3)]).toEqual([false, false]);
});

it("has no analysis at hand that a model has to make", () => {
  const chained = withMaker(plain, { model, rollouts: { estimate }, hasStoredStart: false });
  const by = chained.variables.get("h")?.source.made?.by;
  expect([by?.isAtHand([chunk("h", 1, 0)]), by?.isAtHand([chunk("rain", 0, 2)])]).toEqual([false, true]);
});
