import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../temporary-folder.ts";
import { type OnnxGraph, onnxModel } from "./onnx-model.ts";

const doubling: OnnxGraph = {
  inputs: [
    { name: "number", type: "int64", shape: [] },
    { name: "goes on", type: "bool", shape: [] },
    { name: "before", shape: [] },
  ],
  outputs: [
    { name: "still goes on", type: "bool", shape: [] },
    { name: "after", shape: [] },
  ],
  nodes: [
    { op: "Mul", inputs: ["before", "two"], outputs: ["after"] },
    { op: "Identity", inputs: ["goes on"], outputs: ["still goes on"] },
  ],
};

describe("an ONNX model that was written here", () => {
  it("is loaded and run by onnxruntime", async () => {
    const bytes = onnxModel({
      inputs: [{ name: "x", shape: ["batch", 3] }],
      outputs: [{ name: "y", shape: ["batch", 3] }],
      nodes: [
        { op: "LeakyRelu", inputs: ["x"], outputs: ["r"], attributes: { alpha: { float: 0.5 } } },
        { op: "Mul", inputs: ["r", "two"], outputs: ["y"] },
      ],
      constants: [{ name: "two", shape: [], values: Float32Array.of(2) }],
    });
    const session = await InferenceSession.create(bytes);
    const { y } = await session.run({
      x: new Tensor("float32", Float32Array.of(1, -1, 2, 3, -4, 5), [2, 3]),
    });
    expect(y?.dims).toEqual([2, 3]);
    expect(y?.data).toEqual(Float32Array.of(2, -1, 4, 6, -4, 10));
    await session.release();
  });

  it("may have a body that is run several times", async () => {
    const bytes = onnxModel({
      inputs: [{ name: "x", shape: [] }],
      outputs: [{ name: "y", shape: [] }],
      constants: [
        { name: "times", shape: [], values: BigInt64Array.of(5n) },
        { name: "two", shape: [], values: Float32Array.of(2) },
      ],
      nodes: [
        { op: "Loop", inputs: ["times", "", "x"], outputs: ["y"], attributes: { body: { graph: doubling } } },
      ],
    });
    const session = await InferenceSession.create(bytes);
    const { y } = await session.run({ x: new Tensor("float32", Float32Array.of(3), []) });
    expect(y?.data).toEqual(Float32Array.of(96));
    await session.release();
  });

  it("may have its constants in a file beside it", async () => {
    await using folder = await temporaryFolder();
    const values = Float32Array.of(1, 2);
    await writeFile(join(folder.path, "weights"), new Uint8Array(values.buffer));
    const bytes = onnxModel({
      inputs: [{ name: "x", shape: [2] }],
      outputs: [{ name: "y", shape: [2] }],
      nodes: [{ op: "Add", inputs: ["x", "w"], outputs: ["y"] }],
      constants: [{ name: "w", shape: [2], values, external: { file: "weights", offset: 0 } }],
    });
    const file = join(folder.path, "model.onnx");
    await writeFile(file, bytes);
    const session = await InferenceSession.create(file);
    const { y } = await session.run({ x: new Tensor("float32", Float32Array.of(10, 20), [2]) });
    expect(y?.data).toEqual(Float32Array.of(11, 22));
    await session.release();
  });
});
