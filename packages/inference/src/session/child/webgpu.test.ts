import { existsSync } from "node:fs";
import { type TemporaryFolder, temporaryFolder } from "@zarr-gateway/testkit";
import type { OnnxGraph } from "@zarr-gateway/testkit/onnx";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { onnxPackage } from "../testing/onnx-packages.ts";
import { stateOf, stepTo } from "../testing/stepping.ts";
import { childSession } from "./child-session.ts";

/** A device that Debian's chromium brings along: Vulkan on the processor. Slow, but a device to the library. */
const FOLDER = "/usr/lib/chromium";
const ADAPTER = `${FOLDER}/vk_swiftshader_icd.json`;
const isThere = existsSync(ADAPTER) && existsSync(`${FOLDER}/libvulkan.so.1`);
if (!isThere) console.warn("no test on WebGPU: Debian's chromium, which has a software adapter, is not here");

/** y = tanh(x convolved with a 3 x 3 kernel). */
const CONVOLUTION: OnnxGraph = {
  inputs: [{ name: "x", shape: ["batch", 1, 2, 3] }],
  outputs: [{ name: "y", shape: ["batch", 1, 2, 3] }],
  nodes: [
    {
      op: "Conv",
      inputs: ["x", "w"],
      outputs: ["c"],
      attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
    },
    { op: "Tanh", inputs: ["c"], outputs: ["y"] },
  ],
  constants: [
    { name: "w", shape: [1, 1, 3, 3], values: Float32Array.from({ length: 9 }, (_, i) => Math.sin(i) / 3) },
  ],
};
const START = stateOf({ t: [[0.1, 0.2, -0.3, 0.4, -0.5, 0.6]] });

describe.skipIf(!isThere)("a session on WebGPU", { timeout: 60_000 }, () => {
  let folder: TemporaryFolder;
  const lines: string[] = [];
  const note = (fields: Readonly<Record<string, unknown>>, message: string): void =>
    void lines.push(`${message} ${JSON.stringify(fields)}`);
  const before = { ...process.env };
  beforeAll(async () => {
    folder = await temporaryFolder();
    process.env["VK_ICD_FILENAMES"] = ADAPTER;
    process.env["LD_LIBRARY_PATH"] = FOLDER;
  });
  afterAll(async () => {
    for (const name of ["VK_ICD_FILENAMES", "LD_LIBRARY_PATH"]) {
      if (before[name] === undefined) delete process.env[name];
      else process.env[name] = before[name];
    }
    await folder[Symbol.asyncDispose]();
  });

  it("gives what the processor gives", async () => {
    const fields = await Promise.all(["webgpu", "cpu"].map((provider) => rollOut([provider])));
    const [device, processor] = fields.map(({ values }) => values);
    expect(fields.map(({ providers }) => providers)).toEqual([["webgpu"], ["cpu"]]);
    device?.forEach((value, i) => {
      expect(value).toBeCloseTo(processor?.[i] ?? Number.NaN, 6);
    });
    expect(lines.join("\n")).toContain("the execution provider webgpu works");
  });

  it("is not used where it is a software adapter and another provider follows", async () => {
    lines.length = 0;
    const { providers } = await rollOut(["cuda", "webgpu", "cpu"]);
    expect(providers).toEqual(["cpu"]);
    expect(lines.join("\n")).toMatch(/cuda is not used .*shared library/);
    expect(lines.join("\n")).toMatch(/webgpu is not used .*a software adapter: \d+ ms/);
  });

  async function rollOut(
    providers: readonly string[],
  ): Promise<{ readonly values: Float32Array; readonly providers: readonly string[] }> {
    const model = await onnxPackage(folder.path, CONVOLUTION);
    const session = await childSession({ model, providers, threads: 1, log: { info: note, warn: note } });
    const results = await stepTo(session, { model, state: START, to: 3 });
    expect(session.counts.steps).toBe(3); // the dry step of a provider that compiles is nobody's
    await session.close();
    return {
      values: results.get(3)?.fields.get("t") ?? new Float32Array(0),
      providers: session.providers,
    };
  }
});
