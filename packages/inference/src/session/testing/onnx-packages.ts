import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type OnnxGraph, onnxModel } from "@zarr-gateway/testkit/onnx";
import type { ModelPackage } from "../../model-package.ts";
import { fieldChannel, networkPlan, stateVariable, tensorPlan, tinyPackage } from "./tiny-package.ts";

const LAYOUT = [["batch"], ["channel"], ["lat"], ["lon"]];
const SHAPE = ["batch", 1, 2, 3] as const;
const X = { name: "x", shape: SHAPE };
const Y = { name: "y", shape: SHAPE };

/** y = 2·x + 1, any number of rows at once. */
export const DOUBLING: OnnxGraph = {
  inputs: [X],
  outputs: [Y],
  nodes: [
    { op: "Mul", inputs: ["x", "two"], outputs: ["doubled"] },
    { op: "Add", inputs: ["doubled", "one"], outputs: ["y"] },
  ],
  constants: [
    { name: "one", shape: [], values: Float32Array.of(1) },
    { name: "two", shape: [], values: Float32Array.of(2) },
  ],
};

/** y = x after so many turns of a loop: some ten million last seconds. */
export function looping(turns: bigint): OnnxGraph {
  const body: OnnxGraph = {
    inputs: [
      { name: "turn", type: "int64", shape: [] },
      { name: "before", type: "bool", shape: [] },
      { name: "x_in", shape: SHAPE },
    ],
    outputs: [
      { name: "after", type: "bool", shape: [] },
      { name: "x_out", shape: SHAPE },
    ],
    nodes: [
      { op: "Identity", inputs: ["before"], outputs: ["after"] },
      { op: "Neg", inputs: ["x_in"], outputs: ["x_out"] },
    ],
  };
  return {
    inputs: [X],
    outputs: [Y],
    nodes: [
      { op: "Loop", inputs: ["turns", "", "x"], outputs: ["y"], attributes: { body: { graph: body } } },
    ],
    constants: [{ name: "turns", shape: [], values: BigInt64Array.of(turns) }],
  };
}

/** y has the values of x and one of another graph: NaN, from the square root of a negative number. */
export const ROOT: OnnxGraph = {
  inputs: [X],
  outputs: [Y],
  nodes: [{ op: "Sqrt", inputs: ["x"], outputs: ["y"] }],
};

/** A package whose variable `t` one graph advances; the graph is written to the folder. */
export async function onnxPackage(
  folder: string,
  graph: OnnxGraph | Uint8Array,
  parts: Partial<ModelPackage> = {},
): Promise<ModelPackage> {
  const file = join(folder, `${crypto.randomUUID()}.onnx`);
  await writeFile(file, graph instanceof Uint8Array ? graph : onnxModel(graph));
  const input = tensorPlan({ name: "x", layout: LAYOUT, channels: [fieldChannel("t")] });
  const output = tensorPlan({ name: "y", layout: LAYOUT, channels: [fieldChannel("t")], times: [1] });
  return tinyPackage({ networks: [networkPlan({ file, inputs: [input], outputs: [output] })], ...parts });
}

/** The package with a diagnostic variable `d`, which a graph gives from `t`. */
export async function withDiagnostic(
  folder: string,
  graph: OnnxGraph,
  model: ModelPackage,
): Promise<ModelPackage> {
  const file = join(folder, `${crypto.randomUUID()}.onnx`);
  await writeFile(file, onnxModel(graph));
  const input = tensorPlan({ name: "x", layout: LAYOUT, channels: [fieldChannel("t")] });
  const output = tensorPlan({ name: "y", layout: LAYOUT, channels: [fieldChannel("d")], times: [0] });
  const plan = networkPlan({ key: "diagnostics[0]", file, inputs: [input], outputs: [output] });
  const variable = stateVariable("d", { role: "diagnostic" });
  return { ...model, variables: [...model.variables, variable], diagnostics: [plan] };
}
