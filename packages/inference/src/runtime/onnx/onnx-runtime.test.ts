import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type OnnxGraph, type OnnxType, onnxModel } from "@zarr-gateway/testkit/onnx";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { NetworkPlan } from "../../model-package.ts";
import type { Network, Tensor } from "../../network.ts";
import type { RuntimeLog } from "../runtime-log.ts";
import { createOnnxRuntime } from "./onnx-runtime.ts";

const TYPES: readonly OnnxType[] = ["float32", "float16", "float64", "int32", "int64", "uint8", "bool"];
const ADD_ONE: OnnxGraph = {
  inputs: [{ name: "x", shape: ["batch", 2] }],
  outputs: [{ name: "y", shape: ["batch", 2] }],
  nodes: [{ op: "Add", inputs: ["x", "one"], outputs: ["y"] }],
  constants: [{ name: "one", shape: [2], values: new Float32Array([1, 1]) }],
};

let folder: string;
let lines: string[];
const log: RuntimeLog = {
  info: (fields, message) => void lines.push(`${message} ${JSON.stringify(fields)}`),
  warn: (fields, message) => void lines.push(`${message} ${JSON.stringify(fields)}`),
};

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "onnx-runtime-"));
  lines = [];
});
afterAll(() => rm(folder, { recursive: true }));

describe("a graph in this process", () => {
  it("says what its tensors are and computes", async () => {
    const network = await load(ADD_ONE);
    expect(network).toMatchObject({
      inputs: [{ name: "x", type: "float32", shape: ["batch", 2] }],
      outputs: [{ name: "y", type: "float32", shape: ["batch", 2] }],
      provider: "cpu",
    });
    const results = await network.run(new Map([["x", tensor([3, 2], [1, 2, 3, 4, 5, 6])]]), ["y"]);
    expect(results.get("y")).toEqual({ ...tensor([3, 2], [2, 3, 4, 5, 6, 7]), isFresh: true });
    await network.close();
  });

  it("takes and gives tensors of every type as float32", async () => {
    const network = await load({
      inputs: TYPES.map((type) => ({ name: `in_${type}`, type, shape: [3] })),
      outputs: TYPES.map((type) => ({ name: `out_${type}`, type, shape: [3] })),
      nodes: TYPES.map((type) => ({ op: "Identity", inputs: [`in_${type}`], outputs: [`out_${type}`] })),
    });
    const feeds = new Map(TYPES.map((type) => [`in_${type}`, tensor([3], [0, 1.5, 200])]));
    const results = await network.run(
      feeds,
      TYPES.map((type) => `out_${type}`),
    );
    expect(TYPES.map((type) => [type, ...(results.get(`out_${type}`)?.values ?? [])])).toEqual([
      ["float32", 0, 1.5, 200],
      ["float16", 0, 1.5, 200],
      ["float64", 0, 1.5, 200],
      ["int32", 0, 1, 200],
      ["int64", 0, 1, 200],
      ["uint8", 0, 1, 200],
      ["bool", 0, 1, 1],
    ]);
  });

  it("reads weights that lie beside it", async () => {
    const values = new Float32Array([10, 20]);
    await writeFile(join(folder, "weights.bin"), values);
    const external = { file: "weights.bin", offset: 0 };
    const network = await load({ ...ADD_ONE, constants: [{ name: "one", shape: [2], values, external }] });
    const results = await network.run(new Map([["x", tensor([1, 2], [1, 2])]]), ["y"]);
    expect(results.get("y")?.values).toEqual(new Float32Array([11, 22]));
  });

  it("tries providers in their order and says why one is not used", async () => {
    lines = [];
    const network = await load(ADD_ONE, ["nonsense", "cuda", "cpu"]);
    expect(network.provider).toBe("cpu");
    expect(lines.join("\n")).toContain("backend not found");
    expect(lines.join("\n")).toMatch(/the execution provider cuda is not used .*shared library/);
  });

  it("names every provider and its reason where none works", async () => {
    await expect(load(ADD_ONE, ["nonsense", "cuda"])).rejects.toMatchObject({
      code: "model_failed",
      message: expect.stringMatching(/^no execution provider works here: nonsense: .*; cuda: /) as unknown,
    });
  });
});

describe("a graph that cannot be used", () => {
  it.each([
    ["is missing", "gone.onnx", undefined, /File doesn't exist/],
    ["is no graph", "text.onnx", Buffer.from("hello"), /Protobuf parsing failed/],
    [
      "has an operator that nobody knows",
      "frob.onnx",
      onnxModel({ ...ADD_ONE, nodes: [{ op: "Frob", inputs: ["x"], outputs: ["y"] }] }),
      /Frob/,
    ],
    [
      "has lost its weights",
      "external.onnx",
      onnxModel({
        ...ADD_ONE,
        constants: [
          { name: "one", shape: [2], values: new Float32Array(2), external: { file: "lost.bin", offset: 0 } },
        ],
      }),
      /lost\.bin/,
    ],
  ])("%s: fails with the library's words and no path", async (_, name, bytes, words) => {
    if (bytes !== undefined) await writeFile(join(folder, name), bytes);
    const failure = await runtime(["cpu"])
      .load(plan(join(folder, name)))
      .catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: "model_failed", message: expect.stringMatching(words) as unknown });
    expect(failure).toMatchObject({ message: expect.stringMatching(/^networks\[0\]: /) as unknown });
    expect(String(failure)).not.toContain(folder);
  });

  it("fails on inputs that do not fit, with the library's words", async () => {
    const network = await load(ADD_ONE);
    await expect(network.run(new Map([["x", tensor([1, 3], [1, 2, 3])]]), ["y"])).rejects.toMatchObject({
      code: "model_failed",
      message: expect.stringContaining("index: 1 Got: 3 Expected: 2") as unknown,
    });
    await expect(network.run(new Map(), ["y"])).rejects.toThrow("nothing was given for the input x");
  });

  it("fails where integers cannot hold a value", async () => {
    const network = await load({
      inputs: [{ name: "x", type: "int32", shape: [1] }],
      outputs: [{ name: "y", type: "int32", shape: [1] }],
      nodes: [{ op: "Identity", inputs: ["x"], outputs: ["y"] }],
    });
    await expect(network.run(new Map([["x", tensor([1], [Number.NaN])]]), ["y"])).rejects.toThrow(
      "networks[0]: input x: NaN does not fit into the type int32",
    );
  });

  it("fails after it was closed", async () => {
    const network = await load(ADD_ONE);
    await network.close();
    await network.close();
    await expect(network.run(new Map(), ["y"])).rejects.toMatchObject({ code: "model_failed" });
  });
});

async function load(graph: OnnxGraph, providers: readonly string[] = ["cpu"]): Promise<Network> {
  const file = join(folder, `${crypto.randomUUID()}.onnx`);
  await writeFile(file, onnxModel(graph));
  return runtime(providers).load(plan(file));
}

function runtime(providers: readonly string[]): ReturnType<typeof createOnnxRuntime> {
  return createOnnxRuntime({ providers, threads: 1, log });
}

function plan(file: string): NetworkPlan {
  const when = { from: 1, to: Number.POSITIVE_INFINITY, every: 1 };
  return { key: "networks[0]", file, stride: 1, when, inputs: [], outputs: [] };
}

function tensor(shape: readonly number[], values: readonly number[]): Tensor {
  return { shape, values: new Float32Array(values) };
}
