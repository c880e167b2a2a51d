import { describe, expect, it } from "vitest";
import type { Channel, ModelVariable, TensorPlan } from "../model-package.ts";
import type { Fields } from "../model-session.ts";
import { RUN } from "../session/testing/stepping.ts";
import {
  fieldChannel,
  networkPlan,
  stateVariable,
  tensorPlan,
  tinyPackage,
} from "../session/testing/tiny-package.ts";
import { inputTensor } from "./input-tensor.ts";
import { outputTensor } from "./output-tensor.ts";

const PLANAR = [["batch"], ["channel"], ["lat"], ["lon"]];
const CHANNELS: readonly Channel[] = [fieldChannel("z", 0), fieldChannel("z", 1), fieldChannel("t")];
const BEFORE: Fields = new Map([
  ["t", Float32Array.from([1, 2, NaN, 4, 5, 6])],
  ["z", Float32Array.from({ length: 12 }, (_, i) => 100 + i)],
]);

interface Taken {
  readonly isAdopted: boolean;
  readonly fields: Map<string, Float32Array>;
  readonly values: Float32Array;
}

function taken(
  parts: Partial<TensorPlan>,
  ofTensor: { isFresh?: boolean; nan?: ModelVariable["nan"] } = {},
): Taken {
  const plan = tensorPlan({ name: "y", layout: PLANAR, channels: CHANNELS, times: [1], ...parts });
  const { isFresh = true, nan = "allow" } = ofTensor;
  const model = tinyPackage({
    variables: [stateVariable("t", { nan }), stateVariable("z", { nan, levels: "level" })],
  });
  const output = outputTensor(model, networkPlan({ inputs: [], outputs: [plan] }), plan);
  const { shape, length } = output.geometry(1);
  const values = Float32Array.from({ length }, (_, i) => i / 8);
  const fields = new Map<string, Float32Array>();
  const isAdopted = output.take({ shape, values, isFresh }, [
    {
      before: BEFORE,
      target(name) {
        const field = fields.get(name) ?? new Float32Array(name === "z" ? 12 : 6);
        fields.set(name, field);
        return field;
      },
      adopt: (name, _time, field) => void fields.set(name, field),
    },
  ]);
  return { isAdopted, fields, values };
}

describe("an output that holds fields as they are", () => {
  it.each<[string, Partial<TensorPlan>, ModelVariable["nan"]]>([
    ["plain", {}, "allow"],
    ["normalised", { normalize: { mean: [1, 2, 3], std: [4, 5, 6] } }, "refuse"],
    ["an increment", { residual: true }, "allow"],
    ["an increment over a filled field", { residual: true, normalize: { mean: [1], std: [2] } }, 7],
  ])("is adopted with the values that a copy would have: %s", (_, parts, nan) => {
    const [adopted, copied] = [taken(parts, { nan }), taken(parts, { nan, isFresh: false })];
    expect([adopted.isAdopted, copied.isAdopted]).toEqual([true, false]);
    for (const [name, field] of copied.fields) {
      expect(adopted.fields.get(name)).toEqual(field);
      expect(adopted.fields.get(name)?.buffer).toBe(adopted.values.buffer);
      expect(field.buffer).not.toBe(copied.values.buffer);
    }
    expect([...(adopted.fields.keys() ?? [])].sort()).toEqual(["t", "z"]);
  });

  it.each<[string, Partial<TensorPlan>]>([
    ["channels beside each other", { layout: [["batch"], ["lat"], ["lon"], ["channel"]] }],
    [
      "levels in another order",
      { channels: [fieldChannel("z", 1), fieldChannel("z", 0), fieldChannel("t")] },
    ],
    ["only one of the levels", { channels: [fieldChannel("z", 0), fieldChannel("t")] }],
    [
      "a time that nobody wants",
      { times: [0, 1], layout: [["batch"], ["time"], ["channel"], ["lat"], ["lon"]] },
    ],
  ])("is copied where it holds something else: %s", (_, parts) => {
    expect(taken(parts).isAdopted).toBe(false);
  });

  it("names NaN that is refused where it is", () => {
    const bad = (): unknown => taken({ normalize: { mean: [NaN], std: [1] } }, { nan: "refuse" });
    expect(bad).toThrow(
      "expected numbers for z at time 1, came 12 NaN, the first at level 850, lat 10, lon 0",
    );
  });

  it("is the next input where that is the same", () => {
    const { fields, values } = taken({});
    const at = (
      plan: Partial<TensorPlan>,
      variables = [stateVariable("t"), stateVariable("z", { levels: "level" })],
    ) => {
      const x = tensorPlan({ name: "x", layout: PLANAR, channels: CHANNELS, ...plan });
      const input = inputTensor(tinyPackage({ variables }), networkPlan({ inputs: [x], outputs: [] }), x);
      const row = { run: RUN, n: 2, start: 1, entries: [fields] };
      const filled = new Float32Array(input.geometry(1).length);
      input.fill(filled, [row]);
      const found = input.found(row);
      if (found !== undefined) expect(found).toEqual(filled);
      return found;
    };
    expect(at({})?.buffer).toBe(values.buffer);
    expect(at({ channels: CHANNELS.slice(0, 2) })?.length).toBe(12);
    expect(at({ channels: CHANNELS.toReversed() })).toBeUndefined();
    expect(at({ normalize: { mean: [1], std: [1] } })).toBeUndefined();
    expect(at({ layout: [["batch"], ["lat"], ["lon"], ["channel"]] })).toBeUndefined();
    const clipped = [stateVariable("t", { clip: [0, 1] }), stateVariable("z", { levels: "level" })];
    expect(at({}, clipped)).toBeUndefined();
    fields.set("t", fields.get("t")!.slice());
    expect(at({})).toBeUndefined();
  });
});
