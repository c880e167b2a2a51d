import { describe, expect, it } from "vitest";
import type { Channel } from "../model-package.ts";
import { createModelSession } from "./in-process.ts";
import { type FakeGraph, fakeRuntime } from "./testing/fake-runtime.ts";
import { constant, RUN, stateOf, stepTo } from "./testing/stepping.ts";
import { fieldChannel, networkPlan, stateVariable, tensorPlan, tinyPackage } from "./testing/tiny-package.ts";

const LAYOUT = [["batch"], ["channel"], ["lat"], ["lon"]];

/** y = f(x), element by element, both [batch, 1, 2, 3] with the batch axis as it is named. */
function mapping(f: (x: number) => number, batch: number | string = 1): FakeGraph {
  return {
    inputs: { x: [batch, 1, 2, 3] },
    outputs: { y: [batch, 1, 2, 3] },
    compute: ({ x }) => ({ y: { shape: x!.shape, values: x!.values.map(f) } }),
  };
}

const X = tensorPlan({ name: "x", layout: LAYOUT, channels: [fieldChannel("t")] });
const Y = tensorPlan({ name: "y", layout: LAYOUT, channels: [fieldChannel("t")], times: [1] });
const MODEL = tinyPackage({ networks: [networkPlan({ inputs: [X], outputs: [Y] })] });
const START = stateOf({ t: [[0, 1, 2, 3, 4, 5]] });

function never(): FakeGraph {
  return {
    ...mapping((x) => x),
    compute: (_, signal) =>
      new Promise((_resolve, reject) => {
        signal?.addEventListener("abort", () => reject(signal.reason as Error));
      }),
  };
}

describe("a session in this process", () => {
  it("advances a state step by step, counts and gives states back", async () => {
    const runtime = fakeRuntime({ step: mapping((x) => 2 * x + 1) });
    const session = await createModelSession({ model: MODEL, runtime });
    expect(session).toMatchObject({ providers: ["fake"], maxBatch: 1, isAlive: true });
    const results = await stepTo(session, { model: MODEL, state: START, to: 2 });
    expect(session.counts).toEqual({ steps: 2, diagnostics: 0 });
    const expected = stateOf({ t: [[3, 7, 11, 15, 19, 23]] }, 2);
    expect(results.get(2)!.fields).toEqual(expected.entries[0]);
    expect(await session.read(results.get(2)!.state)).toEqual(expected);
    session.release(results.get(2)!.state);
    await expect(session.read(results.get(2)!.state)).rejects.toMatchObject({ code: "internal" });
    expect((await session.read(results.get(1)!.state)).n).toBe(1);
  });

  it("finds tensors by position, and says which are missing", async () => {
    const named = networkPlan({ inputs: [{ ...X, name: "$0" }], outputs: [{ ...Y, name: "$0" }] });
    const model = tinyPackage({ networks: [named] });
    const runtime = fakeRuntime({ step: mapping((x) => -x) });
    const session = await createModelSession({ model, runtime });
    const results = await stepTo(session, { model, state: START, to: 1 });
    expect([...results.get(1)!.fields.get("t")!]).toEqual([-0, -1, -2, -3, -4, -5]);

    const wrong = tinyPackage({ networks: [networkPlan({ inputs: [{ ...X, name: "z" }], outputs: [Y] })] });
    await expect(createModelSession({ model: wrong, runtime })).rejects.toMatchObject({
      code: "model_failed",
      message: expect.stringContaining("networks[0].inputs.z: the graph has no input z") as string,
    });
    expect(runtime.open.size).toBe(1);
  });

  it("carries several runs in one run of a network whose batch axis is free", async () => {
    const runtime = fakeRuntime({ step: mapping((x) => x + 100, "b") });
    const session = await createModelSession({ model: MODEL, runtime, batchLimit: 2 });
    expect(session.maxBatch).toBe(2);
    const begun = await Promise.all(
      [0, 10, 20].map((value) => session.begin(RUN, stateOf({ t: [constant(value)] }))),
    );
    const requests = begun.map(({ state }) => ({ run: RUN, n: 1, from: new Map([[0, state]]) }));
    const made = await session.step(requests);
    const fields = await Promise.all(made.map((one) => one.fields));
    expect(fields.map((one) => one.get("t")![5])).toEqual([100, 110, 120]);
    expect(runtime.fed.map(({ feeds }) => feeds["x"]!.shape[0])).toEqual([2, 1]);
    expect(session.counts.steps).toBe(3);
  });

  it("gives each row of a batch what it would get alone", async () => {
    const channels: Channel[] = [
      fieldChannel("t"),
      { kind: "random", distribution: "normal" },
      { kind: "time", wave: "none", isAngle: false, quantity: "hour", divisor: 1 },
    ];
    const input = { ...X, channels };
    const model = tinyPackage({ networks: [networkPlan({ inputs: [input], outputs: [Y] })] });
    const sums: FakeGraph = {
      inputs: { x: ["b", 3, 2, 3] },
      outputs: { y: ["b", 1, 2, 3] },
      compute: ({ x }) => {
        const rows = x!.shape[0]!;
        const at = (row: number, channel: number, cell: number) => x!.values[18 * row + 6 * channel + cell]!;
        const values = Float32Array.from({ length: 6 * rows }, (_, i) => {
          const [row, cell] = [Math.floor(i / 6), i % 6];
          return at(row, 0, cell) + 10 * at(row, 1, cell) + 100 * at(row, 2, cell);
        });
        return { y: { shape: [rows, 1, 2, 3], values } };
      },
    };
    const session = await createModelSession({ model, runtime: fakeRuntime({ step: sums }) });
    const runs = [
      { run: RUN, n: 1 },
      { run: { ...RUN, member: 1 }, n: 1 },
      { run: { ...RUN, initialTime: { day: 18_263, nanoseconds: 7.2e12 } }, n: 3 },
    ];
    const requests = [];
    for (const [row, { run, n }] of runs.entries()) {
      const { state } = await session.begin(run, stateOf({ t: [constant(row)] }, n - 1));
      requests.push({ run, n, from: new Map([[n - 1, state]]) });
    }
    const together = await session.step(requests);
    for (const [row, request] of requests.entries()) {
      const [alone] = await session.step([request]);
      expect(await alone!.fields).toEqual(await together[row]!.fields);
    }
    const fields = await Promise.all(together.map((one) => one.fields));
    expect(new Set(fields.map((one) => one.get("t")!.join())).size).toBe(3);
  });

  it("names network, tensor, variable, number and place of NaN that is refused, and keeps no state", async () => {
    const state = stateOf({ t: [[0, 1, 2, 3, 4, 5]] });
    const runtime = fakeRuntime({ step: mapping((x) => (x > 3 ? Number.NaN : x)) });
    const session = await createModelSession({ model: MODEL, runtime });
    await expect(stepTo(session, { model: MODEL, state, to: 1 })).rejects.toMatchObject({
      code: "model_output_invalid",
      message:
        "networks[0].outputs.y: expected numbers for t at time 1, came 2 NaN, the first at lat 0, lon 1 (variables.t.nan: refuse)",
    });
    const model = { ...MODEL, variables: [stateVariable("t", { nan: "allow" })] };
    const allowing = await createModelSession({ model, runtime });
    const results = await stepTo(allowing, { model, state, to: 1 });
    expect([...results.get(1)!.fields.get("t")!]).toEqual([0, 1, 2, 3, Number.NaN, Number.NaN]);
  });

  it.each([
    [{ shape: [1, 6], values: new Float32Array(6) }, "float32 of shape [1, 6]"],
    [{ shape: [1, 1, 2, 3], values: new Float32Array(5) }, "float32 of shape [1, 1, 2, 3] with 5 values"],
    [{ shape: [1, 1, 2, 3], values: new Float64Array(6) }, "Float64Array of shape [1, 1, 2, 3]"],
    [undefined, "nothing"],
  ])("says what it expected where a network gives something else (%#)", async (tensor, came) => {
    // a runtime written by somebody else may give what its type forbids
    const y = tensor as { shape: number[]; values: Float32Array };
    const runtime = fakeRuntime({ step: { ...mapping((x) => x), compute: () => ({ y }) } });
    const session = await createModelSession({ model: MODEL, runtime });
    await expect(stepTo(session, { model: MODEL, state: START, to: 1 })).rejects.toMatchObject({
      code: "model_output_invalid",
      message: `networks[0].outputs.y: expected float32 of shape [1, 1, 2, 3], came ${came}`,
    });
  });

  it("says which network failed", async () => {
    const failing = { ...mapping((x) => x), compute: () => Promise.reject(new Error("out of memory")) };
    const session = await createModelSession({ model: MODEL, runtime: fakeRuntime({ step: failing }) });
    await expect(stepTo(session, { model: MODEL, state: START, to: 1 })).rejects.toMatchObject({
      code: "model_failed",
      message: "networks[0]: out of memory",
    });
  });

  it("gives up a network that does not answer in time", async () => {
    const options = { model: MODEL, runtime: fakeRuntime({ step: never() }), stepTimeoutMs: 5 };
    const session = await createModelSession(options);
    await expect(stepTo(session, { model: MODEL, state: START, to: 1 })).rejects.toMatchObject({
      code: "model_timeout",
      message: "networks[0]: expected an answer within 5 ms, none came",
    });
  });

  it("stops where it is aborted, and goes on with the next call", async () => {
    let isHanging = true;
    const graph = mapping((x) => x + 1);
    const hanging = never();
    const compute: FakeGraph["compute"] = (feeds, signal) =>
      (isHanging ? hanging : graph).compute(feeds, signal);
    const session = await createModelSession({
      model: MODEL,
      runtime: fakeRuntime({ step: { ...graph, compute } }),
    });
    const { state } = await session.begin(RUN, START);
    const request = { run: RUN, n: 1, from: new Map([[0, state]]) };
    const controller = new AbortController();
    const stopped = session.step([request], { signal: controller.signal });
    const waiting = session.step([request], { signal: controller.signal });
    controller.abort(new Error("left"));
    await expect(stopped).rejects.toThrow("left");
    await expect(waiting).rejects.toThrow("left");
    isHanging = false;
    const [result] = await session.step([request]);
    expect((await result!.fields).get("t")![0]).toBe(1);
  });

  it("fails after it was closed", async () => {
    const runtime = fakeRuntime({ step: mapping((x) => x) });
    const session = await createModelSession({ model: MODEL, runtime });
    await session.close();
    await session.close();
    expect(runtime.open.size).toBe(0);
    expect(session.isAlive).toBe(false);
    await expect(session.begin(RUN, START)).rejects.toMatchObject({ code: "model_failed" });
  });

  it("takes no state of another shape, and no steps of two networks at once", async () => {
    const short = networkPlan({ inputs: [X], outputs: [Y], when: { from: 1, to: 1, every: 1 } });
    const long = networkPlan({ inputs: [X], outputs: [Y], key: "networks[1]" });
    const model = tinyPackage({ networks: [short, long] });
    const session = await createModelSession({ model, runtime: fakeRuntime({ step: mapping((x) => x) }) });
    await expect(session.begin(RUN, stateOf({ t: [[1, 2]] }))).rejects.toThrow(
      "expected 6 values of t, came 2",
    );
    await expect(session.begin(RUN, { n: 0, entries: [] })).rejects.toThrow("a state of 1 times, came 0");
    const { state } = await session.begin(RUN, START);
    const from = new Map([[0, state]]);
    const both = [1, 2].map((n) => ({ run: RUN, n, from }));
    await expect(session.step(both)).rejects.toThrow("steps that one network makes, came 1, 2");
    await expect(session.step(both.slice(1))).rejects.toThrow("expected a state of step 1, came none");
  });
});
