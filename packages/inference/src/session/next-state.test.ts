import { describe, expect, it } from "vitest";
import type { ModelPackage } from "../model-package.ts";
import type { ModelState } from "../model-session.ts";
import { createModelSession } from "./in-process.ts";
import { constantGraph as graph, constantValues as numbers } from "./testing/constant-graph.ts";
import { type FakeGraph, fakeRuntime } from "./testing/fake-runtime.ts";
import { constant, stateOf, stepTo } from "./testing/stepping.ts";
import { fieldChannel, networkPlan, stateVariable, tensorPlan, tinyPackage } from "./testing/tiny-package.ts";

const LAYOUT = [["time"], ["channel"], ["lat"], ["lon"]];

async function rolled(
  model: ModelPackage,
  graphs: Readonly<Record<string, FakeGraph>>,
  { state, to }: { state: ModelState; to: number },
): Promise<{ fields: object[]; entries: object[] }> {
  const session = await createModelSession({ model, runtime: fakeRuntime(graphs) });
  const results = await stepTo(session, { model, state, to });
  const last = await session.read(results.get(to)!.state);
  return {
    fields: [...results.values()].map(({ fields }) => numbers(fields)),
    entries: last.entries.map(numbers),
  };
}

describe("the next state", () => {
  it("keeps its history, and leaves what no output writes", async () => {
    const model = tinyPackage({
      history: 2,
      variables: [stateVariable("t"), stateVariable("sst")],
      networks: [
        networkPlan({
          inputs: [
            tensorPlan({
              name: "x",
              layout: LAYOUT,
              times: [-1, 0],
              channels: [fieldChannel("t"), fieldChannel("sst")],
            }),
          ],
          outputs: [tensorPlan({ name: "y", layout: LAYOUT, times: [1], channels: [fieldChannel("t")] })],
        }),
      ],
    });
    const step = graph([2, 2], { y: [1, 1] }, ([before = 0, , now = 0, sst = 0]) => ({
      y: [now + 10 * before + sst],
    }));
    const state = stateOf({ t: [constant(2), constant(1)], sst: [constant(0.5), constant(7)] });
    const { fields, entries } = await rolled(model, { step }, { state, to: 2 });
    expect(fields).toEqual([{}, { t: 12.5, sst: 0.5 }, { t: 33, sst: 0.5 }]);
    expect(entries).toEqual([
      { t: 33, sst: 0.5 },
      { t: 12.5, sst: 0.5 },
    ]);
  });

  it("has older entries replaced by what a network feeds back for them", async () => {
    const tensor = { layout: LAYOUT, channels: [fieldChannel("t")] };
    const model = tinyPackage({
      history: 2,
      networks: [
        networkPlan({
          inputs: [tensorPlan({ name: "x", times: [-1, 0], ...tensor })],
          outputs: [tensorPlan({ name: "y", times: [0, 1], feed: [0, 1], ...tensor })],
        }),
      ],
    });
    const step = graph([2, 1], { y: [2, 1] }, ([before = 0, now = 0]) => ({ y: [now + 100, now + before] }));
    const state = stateOf({ t: [constant(2), constant(1)] });
    const { fields, entries } = await rolled(model, { step }, { state, to: 2 });
    // step 2 sees 102 where step 1 had started from 2
    expect(fields).toEqual([{}, { t: 3 }, { t: 105 }]);
    expect(entries).toEqual([{ t: 105 }, { t: 103 }]);
  });

  it("does not feed back what is only published", async () => {
    const tensor = { layout: LAYOUT, channels: [fieldChannel("t")] };
    const model = tinyPackage({
      networks: [
        networkPlan({
          inputs: [tensorPlan({ name: "x", ...tensor })],
          outputs: [tensorPlan({ name: "y", times: [1, 2], feed: [], ...tensor })],
        }),
      ],
    });
    const step = graph([1, 1], { y: [2, 1] }, ([now = 0]) => ({ y: [now + 1, now + 2] }));
    const { fields, entries } = await rolled(
      model,
      { step },
      { state: stateOf({ t: [constant(5)] }), to: 2 },
    );
    expect(fields).toEqual([{}, { t: 6 }, { t: 6 }]);
    expect(entries).toEqual([{ t: 5 }]);
  });

  it("adds increments to the state itself, in physical units", async () => {
    const tensor = { layout: LAYOUT, channels: [fieldChannel("t")] };
    const model = tinyPackage({
      variables: [stateVariable("t", { clip: [0, 10] })],
      networks: [
        networkPlan({
          inputs: [tensorPlan({ name: "x", ...tensor, normalize: { mean: [4], std: [2] } })],
          outputs: [
            tensorPlan({
              name: "y",
              times: [1],
              ...tensor,
              residual: true,
              normalize: { mean: [1], std: [10] },
            }),
          ],
        }),
      ],
    });
    const step = graph([1, 1], { y: [1, 1] }, ([now = 0]) => ({ y: [now] }));
    const { fields } = await rolled(model, { step }, { state: stateOf({ t: [constant(20)] }), to: 1 });
    expect(fields[1]).toEqual({ t: 20 + 1 + 10 * ((10 - 4) / 2) });
  });

  it("takes what lies between from shorter steps where a step is long", async () => {
    const tensor = { layout: LAYOUT, channels: [fieldChannel("t")] };
    const at = (key: string, parts: object) =>
      networkPlan({
        key,
        inputs: [tensorPlan({ name: "x", times: [-1, 0], ...tensor })],
        outputs: [tensorPlan({ name: "y", times: [1], ...tensor })],
        ...parts,
      });
    const long = at("networks[0]", {
      file: "long",
      stride: 3,
      when: { from: 1, to: Number.POSITIVE_INFINITY, every: 3 },
      inputs: [tensorPlan({ name: "x", times: [0], ...tensor })],
    });
    const model = tinyPackage({ history: 2, networks: [long, at("networks[1]", {})] });
    const graphs = {
      long: graph([1, 1], { y: [1, 1] }, ([now = 0]) => ({ y: [now + 1000] })),
      step: graph([2, 1], { y: [1, 1] }, ([before = 0, now = 0]) => ({ y: [now + before] })),
    };
    const state = stateOf({ t: [constant(2), constant(1)] });
    const { fields, entries } = await rolled(model, graphs, { state, to: 4 });
    // 3 is 1000 more than 0; 4 is made of 3 and of 2, which the short steps made
    expect(fields).toEqual([{}, { t: 3 }, { t: 5 }, { t: 1002 }, { t: 1007 }]);
    expect(entries).toEqual([{ t: 1007 }, { t: 1002 }]);
  });

  it("keeps levels that an output does not write, and has NaN where nothing says a diagnostic", async () => {
    const variables = [
      stateVariable("z", { levels: "level" }),
      { ...stateVariable("rain"), role: "diagnostic" as const },
      { ...stateVariable("cloud"), role: "diagnostic" as const },
    ];
    const x = tensorPlan({
      name: "x",
      layout: LAYOUT,
      channels: [fieldChannel("z", 0), fieldChannel("z", 1)],
    });
    const model = tinyPackage({
      variables,
      networks: [
        networkPlan({
          inputs: [x],
          outputs: [
            tensorPlan({ name: "y", layout: LAYOUT, times: [1], channels: [fieldChannel("z", 1)] }),
            tensorPlan({ name: "r", layout: LAYOUT, times: [1], channels: [fieldChannel("rain")] }),
          ],
          when: { from: 1, to: 1, every: 1 },
        }),
        networkPlan({
          key: "networks[1]",
          inputs: [x],
          outputs: [tensorPlan({ name: "y", layout: LAYOUT, times: [1], channels: [fieldChannel("z", 1)] })],
        }),
      ],
    });
    const step = graph([1, 2], { y: [1, 1], r: [1, 1] }, ([low = 0, high = 0]) => ({
      y: [low + high],
      r: [high],
    }));
    const state = stateOf({ z: [[...constant(3), ...constant(4)]] });
    const { fields } = await rolled(model, { step }, { state, to: 2 });
    expect(fields).toEqual([
      {},
      { z: [3, 7], rain: 4, cloud: Number.NaN },
      { z: [3, 10], rain: Number.NaN, cloud: Number.NaN },
    ]);
  });

  it("has diagnostics for every step, also for the first state, which nothing feeds back", async () => {
    const model = tinyPackage({
      history: 2,
      variables: [stateVariable("t"), { ...stateVariable("rain"), role: "diagnostic" }],
      networks: [
        networkPlan({
          inputs: [tensorPlan({ name: "x", layout: LAYOUT, channels: [fieldChannel("t")] })],
          outputs: [tensorPlan({ name: "y", layout: LAYOUT, times: [1], channels: [fieldChannel("t")] })],
        }),
      ],
      diagnostics: [
        networkPlan({
          key: "diagnostics[0]",
          file: "rain",
          inputs: [
            tensorPlan({
              name: "x",
              layout: LAYOUT,
              times: [-1, 0],
              channels: [
                fieldChannel("t"),
                { kind: "time", wave: "none", isAngle: false, quantity: "step", divisor: 1 },
              ],
            }),
          ],
          outputs: [tensorPlan({ name: "y", layout: LAYOUT, times: [1], channels: [fieldChannel("rain")] })],
        }),
      ],
    });
    const graphs = {
      step: graph([1, 1], { y: [1, 1] }, ([now = 0]) => ({ y: [2 * now] })),
      rain: graph([2, 2], { y: [1, 1] }, ([before = 0, , now = 0, step = 0]) => ({
        y: [now - before + 100 * step],
      })),
    };
    const state = stateOf({ t: [constant(3), constant(1)] });
    const { fields } = await rolled(model, graphs, { state, to: 2 });
    expect(fields).toEqual([{ rain: 2 }, { t: 6, rain: 103 }, { t: 12, rain: 206 }]);
  });
});
