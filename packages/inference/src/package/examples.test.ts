import { globSync } from "node:fs";
import { copyFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Channel, ModelPackage, TensorPlan } from "../model-package.ts";
import { tensorGeometry } from "../tensor/geometry.ts";
import { readModelPackage } from "./read-model-package.ts";
import { npyFloat32, type TestFolder, testFolder } from "./testing/package-folder.ts";

const ROOT = join(import.meta.dirname, "../../../..");
const FIXTURES = join(import.meta.dirname, "fixtures");
const YAMLS = [...globSync(join(ROOT, "configs/models/*.yaml")), ...globSync(join(FIXTURES, "*.yaml"))];
const GRAPHS = "pangu_weather_24 pangu_weather_6 fengwu_v1 short medium long step rain".split(" ");

let weights: TestFolder;
beforeAll(async () => {
  const numbers = Array.from({ length: 69 }, (_, i) => i + 1);
  weights = await testFolder({
    ...Object.fromEntries(GRAPHS.map((name) => [`${name}.onnx`, ""])),
    "global_means.npy": npyFloat32([69, 1, 1], numbers),
    "global_stds.npy": npyFloat32([69], numbers),
    "orography.npy": npyFloat32(
      [16, 24],
      Array.from({ length: 384 }, (_, i) => i),
    ),
  });
});
afterAll(() => weights[Symbol.asyncDispose]());

describe("a published model package", () => {
  it("is one of these", () => {
    expect(YAMLS.map((path) => basename(path)).sort()).toEqual(
      ["fengwu.yaml", "fuxi.yaml", "merged.yaml", "pangu.yaml", "random-ensemble.yaml"].sort(),
    );
  });

  it.each(YAMLS)("%s is understood", async (yaml) => {
    const model = await readModelPackage(yaml, { weights: weights.path });
    await expect(describePackage(model)).toMatchFileSnapshot(
      join(FIXTURES, "golden", basename(yaml).replace(".yaml", ".txt")),
    );
  });

  it("finds its files beside it where no other folder is named", async () => {
    await copyFile(join(ROOT, "configs/models/pangu.yaml"), join(weights.path, "model.yaml"));
    const beside = await readModelPackage(weights.path);
    expect(beside.networks[0]?.file).toBe(join(weights.path, "pangu_weather_24.onnx"));
  });

  it("is plain data that can go to another process", async () => {
    const model = await readModelPackage(join(FIXTURES, "random-ensemble.yaml"), { weights: weights.path });
    expect(structuredClone(model)).toEqual(model);
  });
});

/** Everything but the version and paths, a tensor a line and its channels. */
function describePackage(model: ModelPackage): string {
  const grid = model.grid.map(
    ({ name, labels }) => `${name} ${labels[0]}…${labels.at(-1)} (${labels.length})`,
  );
  const variables = model.variables.map(({ name, role, levels, attrs, clip, nan }) => {
    const units = typeof attrs["units"] === "string" ? ` [${attrs["units"]}]` : "";
    return `  ${role} ${name}${levels === undefined ? "" : `(${levels})`}${units} nan ${nan}${clip ? ` clip ${clip.join("…")}` : ""}`;
  });
  const networks = [...model.networks, ...model.diagnostics].flatMap(
    ({ key, file, stride, when, ...tensors }) => [
      `${key} ${basename(file ?? "")} stride ${stride} from ${when.from} to ${when.to} every ${when.every}`,
      ...tensors.inputs.flatMap((tensor) => describeTensor(model, "in", tensor)),
      ...tensors.outputs.flatMap((tensor) => describeTensor(model, "out", tensor)),
    ],
  );
  const lines = [
    `step ${model.stepMs / 3_600_000} h, history ${model.history}, grid ${grid.join(", ")}`,
    ...Object.entries(model.levels).map(([name, levels]) => `${name} = ${levels.join(" ")}`),
    ...variables,
    ...networks,
    `perturbation ${JSON.stringify(model.perturbation) ?? "none"}`,
  ];
  return `${lines.join("\n")}\n`;
}

function describeTensor(model: ModelPackage, direction: string, tensor: TensorPlan): string[] {
  const { name, times, channels, normalize, feed, residual, levelCount } = tensor;
  const shape = tensorGeometry(tensor, model.grid, 1).shape.join(" × ");
  const scales =
    normalize &&
    ` (mean ${normalize.mean.slice(0, 3).join(" ")}, std ${normalize.std.slice(0, 3).join(" ")} …)`;
  return [
    `  ${direction} ${name}: ${shape} times ${times.join(" ")} feed ${feed.join(" ") || "none"}${residual ? " residual" : ""} levels ${levelCount}${scales ?? ""}`,
    `    ${channels.map((channel) => describeChannel(model, channel)).join(" ")}`,
  ];
}

function describeChannel(model: ModelPackage, channel: Channel): string {
  switch (channel.kind) {
    case "field": {
      const list = model.variables.find(({ name }) => name === channel.variable)?.levels;
      const level = list === undefined ? undefined : model.levels[list]?.[channel.level ?? -1];
      return level === undefined ? channel.variable : `${channel.variable}${level}`;
    }
    case "time":
      return `${channel.wave}(${channel.isAngle ? "2pi*" : ""}${channel.quantity}/${channel.divisor})`;
    case "static":
      return typeof channel.values === "number" ? String(channel.values) : `static[${channel.values.length}]`;
    case "random":
      return channel.distribution;
  }
}
