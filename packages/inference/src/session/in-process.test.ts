import { describe, expect, it } from "vitest";
import type { ModelPackage } from "../model-package.ts";
import type { ModelSession, ModelState, Run, StateHandle, StepResult } from "../model-session.ts";
import type { Tensor } from "../network.ts";
import { statesBefore } from "../step-plan.ts";
import { type FakeGraph, fakeRuntime } from "./fixtures/fake-runtime.ts";
import {
  fieldChannel,
  networkPlan,
  stateVariable,
  tensorPlan,
  tinyPackage,
} from "./fixtures/tiny-package.ts";
import { createModelSession } from "./in-process.ts";

const RUN: Run = { calendar: "standard", initialTime: { day: 18_262, nanoseconds: 0 }, member: 0 };
const LAYOUT = [["batch"], ["channel"], ["lat"], ["lon"]];
const SHAPE = [1, 1, 2, 3];

/** y = f(x), element by element, both [batch, 1, 2, 3] with the batch axis as it is named. */
function mapping(f: (x: number) => number, batch: number | string = 1): FakeGraph {
  return {
    inputs: { x: [batch, 1, 2, 3] },
    outputs: { y: [batch, 1, 2, 3] },
    compute: ({ x }) => ({ y: { shape: x!.shape, values: x!.values.map(f) } }),
  };
}

const x = tensorPlan({ name: "x", layout: LAYOUT, channels: [fieldChannel("t")] });
const y = tensorPlan({ name: "y", layout: LAYOUT, channels: [fieldChannel("t")], times: [1] });
const advance = networkPlan({ inputs: [x], outputs: [y] });

function stateOf(values: number[], n = 0): ModelState {
  return { n, entries: [new Map([["t", Float32Array.from(values)]])] };
}

async function stepTo(
  session: ModelSession,
  model: ModelPackage,
  { run = RUN, state, to }: { run?: Run; state: ModelState; to: number },
): Promise<StepResult[]> {
  const handles = new Map<number, StateHandle>([[0, (await session.begin(run, state)).state]]);
  const results: StepResult[] = [];
  for (let n = 1; n <= to; n++) {
    const from = new Map(statesBefore(model, n).map((step) => [step, handles.get(step)!]));
    const [result] = await session.step([{ run, n, from }]);
    handles.set(n, result!.state);
    results.push(result!);
  }
  return results;
}

describe("a session in this process", () => {
  it("advances a state step by step and counts", async () => {
    const model = tinyPackage({ networks: [advance] });
    const session = await createModelSession({
      model,
      runtime: fakeRuntime({ step: mapping((v) => 2 * v + 1) }),
    });
    const results = await stepTo(session, model, { state: stateOf([0, 1, 2, 3, 4, 5]), to: 2 });
    expect([...results[1]!.fields.get("t")!]).toEqual([3, 7, 11, 15, 19, 23]);
    expect(session.counts).toEqual({ steps: 2, diagnostics: 0 });
    const read = await session.read(results[1]!.state);
    expect(read).toEqual(stateOf([3, 7, 11, 15, 19, 23], 2));
    await session.close();
  });

  it("says which network gave another shape", async () => {
    const model = tinyPackage({ networks: [advance] });
    const wrong: Tensor = { shape: [1, 6], values: new Float32Array(6) };
    const runtime = fakeRuntime({ step: { ...mapping((v) => v), compute: () => ({ y: wrong }) } });
    const session = await createModelSession({ model, runtime });
    await expect(stepTo(session, model, { state: stateOf([0, 1, 2, 3, 4, 5]), to: 1 })).rejects.toMatchObject(
      {
        code: "model_output_invalid",
        message: `networks[0].outputs.y: expected float32 of shape [${SHAPE.join(", ")}], came float32 of shape [1, 6]`,
      },
    );
    expect(stateVariable("t").role).toBe("state");
  });
});
