import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type OnnxGraph, onnxModel } from "@zarr-gateway/testkit/onnx";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readGraphTensors } from "./graph-tensors.ts";

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "graph-tensors-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const GRAPH: OnnxGraph = {
  inputs: [
    { name: "x", shape: ["batch", 2, 3] },
    { name: "when", type: "int64", shape: [] },
  ],
  outputs: [{ name: "y", type: "float16", shape: ["batch", 2, 3] }],
  nodes: [{ op: "Identity", inputs: ["x"], outputs: ["y"] }],
};

async function read(name: string, bytes: Uint8Array) {
  const path = join(folder, name);
  await writeFile(path, bytes);
  return readGraphTensors(path);
}

it("tells what a graph takes and gives, past weights of any length", async () => {
  const constants = [{ name: "w", shape: [500_000], values: new Float32Array(500_000).fill(1) }];
  expect(await read("plain.onnx", onnxModel({ ...GRAPH, constants }))).toEqual({
    inputs: [
      { name: "x", type: "float32", shape: ["batch", 2, 3] },
      { name: "when", type: "int64", shape: [] },
    ],
    outputs: [{ name: "y", type: "float16", shape: ["batch", 2, 3] }],
  });
});

it("leaves weights out that old graphs list among their inputs", async () => {
  const constants = [{ name: "when", shape: [1], values: new Float32Array(1) }];
  const found = await read("old.onnx", onnxModel({ ...GRAPH, constants }));
  expect(found?.inputs.map(({ name }) => name)).toEqual(["x"]);
});

it.each([
  ["nothing", new Uint8Array()],
  ["text", Buffer.from("version https://git-lfs.github.com/spec/v1\n")],
  ["noise", Uint8Array.from({ length: 4096 }, (_, at) => (at * 97 + 13) % 256)],
  ["a graph that is cut off", onnxModel(GRAPH).subarray(0, 40)],
])("says nothing of %s", async (_what, bytes) => {
  expect(await read("wrong.onnx", bytes)).toBeUndefined();
});
