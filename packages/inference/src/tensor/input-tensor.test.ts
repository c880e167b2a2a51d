import { describe, expect, it } from "vitest";
import type { Channel, TensorPlan } from "../model-package.ts";
import type { Fields, Run } from "../model-session.ts";
import {
  fieldChannel,
  networkPlan,
  stateVariable,
  tensorPlan,
  tinyPackage,
} from "../session/testing/tiny-package.ts";
import { type InputRow, inputTensor } from "./input-tensor.ts";

const RUN: Run = { calendar: "standard", initialTime: { day: 18_262, nanoseconds: 0 }, member: 0 };

/** t is 0…5 at time 0 and 100…105 a step before; z likewise from 10 and 110, with two levels. */
const ENTRIES: readonly Fields[] = [0, 100].map(
  (base) =>
    new Map([
      ["t", Float32Array.from({ length: 6 }, (_, i) => base + i)],
      ["z", Float32Array.from({ length: 12 }, (_, i) => base + 10 + i)],
    ]),
);
const MODEL = tinyPackage({
  history: 2,
  variables: [stateVariable("t"), stateVariable("z", { levels: "level" })],
});

function filled(
  plan: TensorPlan,
  parts: Partial<InputRow> = {},
  model = MODEL,
): { shape: number[]; values: number[] } {
  const network = networkPlan({ inputs: [plan], outputs: [] });
  const input = inputTensor(model, network, plan);
  const { shape, length } = input.geometry(1);
  const values = new Float32Array(length);
  input.fill(values, [{ run: RUN, n: 1, start: 0, entries: ENTRIES, ...parts }]);
  return { shape: [...shape], values: [...values] };
}

describe("an input of a network", () => {
  it("has levels and variables as two axes, without a batch axis", () => {
    const plan = tensorPlan({
      name: "x",
      layout: [["variable"], ["level"], ["lat"], ["lon"]],
      channels: [fieldChannel("z", 1), fieldChannel("z", 0)],
      levelCount: 2,
    });
    expect(filled(plan)).toEqual({
      shape: [1, 2, 2, 3],
      values: [16, 17, 18, 19, 20, 21, 10, 11, 12, 13, 14, 15],
    });
  });

  it("has times along its channels, the earlier first, each normalised as its channel", () => {
    const plan = tensorPlan({
      name: "x",
      layout: [["batch"], ["time", "channel"], ["lat"], ["lon"]],
      times: [-1, 0],
      channels: [fieldChannel("t"), fieldChannel("z", 0)],
      normalize: { mean: [0, 10], std: [1, 2] },
    });
    expect(filled(plan)).toEqual({
      shape: [1, 4, 2, 3],
      values: [
        [100, 101, 102, 103, 104, 105],
        [50, 50.5, 51, 51.5, 52, 52.5],
        [0, 1, 2, 3, 4, 5],
        [0, 0.5, 1, 1.5, 2, 2.5],
      ].flat(),
    });
  });

  it("may have channels last and the grid turned", () => {
    const plan = tensorPlan({
      name: "x",
      layout: [["lon", "lat"], ["channel"]],
      channels: [fieldChannel("t"), { kind: "static", values: 9 }],
    });
    expect(filled(plan)).toEqual({ shape: [6, 2], values: [0, 9, 3, 9, 1, 9, 4, 9, 2, 9, 5, 9] });
  });

  it("replaces NaN, then clips, then normalises", () => {
    const t = Float32Array.from([NaN, -5, 3, 8, 20, 0]);
    const model = tinyPackage({ variables: [stateVariable("t", { nan: 50, clip: [0, 10] })] });
    const plan = tensorPlan({
      name: "x",
      layout: [["lat"], ["lon"]],
      channels: [fieldChannel("t")],
      normalize: { mean: [2], std: [4] },
    });
    const { values } = filled(plan, { entries: [new Map([["t", t]])] }, model);
    expect(values).toEqual([2, -0.5, 0.25, 1.5, 2, -0.5]);
  });

  it("is a vector of features where the layout has no grid, of each time", () => {
    const hour: Channel = { kind: "time", wave: "none", isAngle: false, quantity: "hour", divisor: 24 };
    const plan = tensorPlan({
      name: "temb",
      layout: [["batch"], ["time", "channel"]],
      times: [-1, 0, 1],
      channels: [hour, { ...hour, quantity: "lead", divisor: 1 }, { ...hour, quantity: "step", divisor: 1 }],
    });
    // step 3 is made out of step 2, at 12 h
    const { shape, values } = filled(plan, { n: 3, start: 2 });
    expect(shape).toEqual([1, 9]);
    expect(values).toEqual([0.25, 6, 1, 0.5, 12, 2, 0.75, 18, 3]);
  });

  it("counts times in the network's own step", () => {
    const hour: Channel = { kind: "time", wave: "none", isAngle: false, quantity: "lead", divisor: 1 };
    const plan = tensorPlan({ name: "x", layout: [["time"], ["channel"]], times: [0, 1], channels: [hour] });
    const network = networkPlan({ inputs: [plan], outputs: [], stride: 4 });
    const values = new Float32Array(2);
    inputTensor(MODEL, network, plan).fill(values, [{ run: RUN, n: 8, start: 4, entries: ENTRIES }]);
    expect([...values]).toEqual([24, 48]);
  });

  it("has static fields, numbers and features over the whole grid, normalised too", () => {
    const plan = tensorPlan({
      name: "x",
      layout: [["channel"], ["lat"], ["lon"]],
      channels: [
        { kind: "static", values: Float32Array.from([6, 5, 4, 3, 2, 1]) },
        { kind: "static", values: 3 },
        { kind: "time", wave: "none", isAngle: false, quantity: "day", divisor: 1 },
      ],
      normalize: { mean: [1], std: [2] },
    });
    expect(filled(plan).values).toEqual([2.5, 2, 1.5, 1, 0.5, 0, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0]);
  });

  it("has random numbers of its own for each channel, time, step, member, initial time and seed, the same again", () => {
    const random: Channel = { kind: "random", distribution: "normal" };
    const plan = tensorPlan({
      name: "x",
      layout: [["time"], ["channel"], ["lat"], ["lon"]],
      times: [-1, 0],
      channels: [random, random],
    });
    const rows: Partial<InputRow>[] = [
      {},
      { n: 2 },
      { run: { ...RUN, member: 1 } },
      { run: { ...RUN, initialTime: { day: 18_263, nanoseconds: 0 } } },
      { run: { ...RUN, seed: 1 } },
      { run: { ...RUN, seed: 2 } },
    ];
    const fields = rows.flatMap((row) => {
      const { values } = filled(plan, row);
      return [0, 6, 12, 18].map((start) => values.slice(start, start + 6).join());
    });
    expect(new Set(fields).size).toBe(24);
    expect(filled(plan)).toEqual(filled(plan));
    const other = filled({ ...plan, name: "y" }).values;
    expect(other).not.toEqual(filled(plan).values);
    expect(filled(plan, {}, { ...MODEL, version: "4567" }).values).not.toEqual(filled(plan).values);
  });

  it("has the same random numbers wherever its axes stand", () => {
    const channels: Channel[] = [
      { kind: "random", distribution: "uniform" },
      { kind: "random", distribution: "uniform" },
    ];
    const first = filled(tensorPlan({ name: "x", layout: [["channel"], ["lat"], ["lon"]], channels })).values;
    const last = filled(tensorPlan({ name: "x", layout: [["lat"], ["lon"], ["channel"]], channels })).values;
    expect(last).toEqual(Array.from({ length: 12 }, (_, i) => first[(i % 2) * 6 + Math.floor(i / 2)]));
  });
});
