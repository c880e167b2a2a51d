import { describe, expect, it } from "vitest";
import type { TensorMetadata } from "../network.ts";
import { checkAgainstNetwork } from "./check-against-network.ts";
import { ModelPackageError } from "./package-problem.ts";
import { readModelPackage } from "./read-model-package.ts";
import { testFolder } from "./testing/package-folder.ts";

const YAML = `
step: PT6H
grid: { lat: { values: [1, 0, -1] }, lon: { start: 0, step: 90, size: 4 } }
networks:
  - file: a.onnx
    inputs:
      x: { state: [t, u], levels: [850, 500], layout: [batch, variable, level, lat, lon] }
      $1: { time: [hour], layout: [batch, channel] }
    outputs:
      y: { like: x }
      rain: { diagnostic: [rain], layout: [batch, lat, lon] }
`;
const INPUTS: readonly TensorMetadata[] = [
  { name: "x", type: "float32", shape: ["n", 2, 2, "lat", 4] },
  { name: "hours", type: "int64", shape: [1, 1] },
];
const OUTPUTS: readonly TensorMetadata[] = [
  { name: "y", type: "float16", shape: ["n", 2, 2, 3, 4] },
  { name: "rain", type: "uint8", shape: [] },
  { name: "unused", type: "float32", shape: [5] },
];

async function problemsOf(inputs: readonly TensorMetadata[], outputs = OUTPUTS): Promise<readonly string[]> {
  await using folder = await testFolder({ "model.yaml": YAML, "a.onnx": "" });
  const { networks, grid } = await readModelPackage(folder.path);
  try {
    checkAgainstNetwork(networks[0]!, { inputs, outputs }, grid);
    return [];
  } catch (error) {
    if (!(error instanceof ModelPackageError)) throw error;
    return error.message.split("\n");
  }
}

/** The same with one tensor changed. */
function changed(
  all: readonly TensorMetadata[],
  name: string,
  change: Partial<TensorMetadata>,
): readonly TensorMetadata[] {
  return all.map((one) => (one.name === name ? { ...one, ...change } : one));
}

describe("a package beside its graph", () => {
  it("fits names, positions, free dimensions, types and outputs that are not wanted", async () => {
    expect(await problemsOf(INPUTS)).toEqual([]);
  });

  it.each([
    [
      "another rank",
      changed(INPUTS, "x", { shape: [1, 4, 3, 4] }),
      "a.onnx: networks[0].inputs.x: tensor x: expected 5 dimensions [batch, variable, level, lat, lon] = [1, 2, 2, 3, 4]; got 4: [1, 4, 3, 4]",
    ],
    [
      "other lengths",
      changed(INPUTS, "x", { shape: [1, 3, 2, 3, 5] }),
      "a.onnx: networks[0].inputs.x: tensor x: expected the shape [batch, variable, level, lat, lon] = [1, 2, 2, 3, 4]; got [1, 3, 2, 3, 5] (variable expected 2, got 3; lon expected 4, got 5)",
    ],
    ["a batch of four", changed(INPUTS, "x", { shape: [4, 2, 2, 3, 4] }), "(batch expected 1, got 4)"],
    [
      "whole numbers for a state",
      changed(INPUTS, "x", { type: "int32" }),
      "a.onnx: networks[0].inputs.x: tensor x: expected type float16, float32, float64; got int32",
    ],
    [
      "another name",
      changed(INPUTS, "x", { name: "x1" }),
      "a.onnx: networks[0].inputs.x: the graph has no input x; did you mean x1?; it has x1, hours",
    ],
    [
      "an input more",
      [...INPUTS, { name: "mask", type: "bool" as const, shape: [3, 4] }],
      "a.onnx: networks[0].inputs.mask: missing; the graph has an input mask: bool [3, 4]",
    ],
    [
      "an input less",
      INPUTS.slice(0, 1),
      "a.onnx: networks[0].inputs.$1: the graph has no input $1; it has x",
    ],
    [
      "names for positions of the same",
      [INPUTS[1]!, INPUTS[0]!],
      "a.onnx: networks[0].inputs.$1: is the tensor x, as x is; keep one",
    ],
  ])("with %s says so", async (_, inputs, problem) => {
    expect((await problemsOf(inputs)).join("\n")).toContain(problem);
  });

  it("tells all mistakes at once, outputs too", async () => {
    const outputs = changed(changed(OUTPUTS, "y", { type: "int64" }), "rain", { shape: [1, 3, 3] });
    expect(await problemsOf(changed(INPUTS, "hours", { shape: [1, 2] }), outputs)).toEqual([
      "a.onnx: networks[0].inputs.$1: tensor hours: expected the shape [batch, channel] = [1, 1]; got [1, 2] (channel expected 1, got 2)",
      "a.onnx: networks[0].outputs.y: tensor y: expected type float16, float32, float64; got int64",
      "a.onnx: networks[0].outputs.rain: tensor rain: expected the shape [batch, lat, lon] = [1, 3, 4]; got [1, 3, 3] (lon expected 4, got 3)",
    ]);
  });

  it("that names an input among the outputs is told so", async () => {
    const outputs = changed(OUTPUTS, "rain", { name: "gone" });
    const inputs = [...INPUTS, { name: "rain", type: "float32" as const, shape: [] }];
    expect((await problemsOf(inputs, outputs)).join("\n")).toContain(
      "networks[0].outputs.rain: the graph has no output rain; it is one of its inputs; it has y, gone, unused",
    );
  });
});
