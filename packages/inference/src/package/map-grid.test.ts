import { describe, expect, it } from "vitest";
import { formatPackageProblem, ModelPackageError } from "./package-problem.ts";
import { readModelPackage } from "./read-model-package.ts";
import { testFolder } from "./testing/package-folder.ts";

const RIGHT = `
grid: [lat, lon]
scale: { lon: 3 }
variables: { t: { units: K } }
diagnostics:
  - file: a.onnx
    inputs: { x: { state: [t], layout: [batch, channel, lat, lon] } }
    outputs: { y: { diagnostic: [fine], layout: [batch, channel, lat, lon] } }
`;

async function problemsOf(text: string): Promise<string[]> {
  await using folder = await testFolder({ "model.yaml": text, "a.onnx": "" });
  try {
    await readModelPackage(folder.path);
    return [];
  } catch (error) {
    if (error instanceof ModelPackageError) return error.problems.map(formatPackageProblem);
    throw error;
  }
}

describe("the package of a map", () => {
  it("has axes without labels, and outputs on a finer grid", async () => {
    await using folder = await testFolder({ "model.yaml": RIGHT, "a.onnx": "" });
    const model = await readModelPackage(folder.path);
    expect(model.map).toEqual({ scale: [1, 3] });
    expect(model.grid).toEqual([
      { name: "lat", labels: [] },
      { name: "lon", labels: [] },
    ]);
    expect(model.networks).toEqual([]);
    expect(model.diagnostics[0]?.outputs[0]?.scale).toEqual([1, 3]);
    expect(model.diagnostics[0]?.inputs[0]?.scale).toBeUndefined();
    expect(model.variables.map(({ name, role }) => `${name} ${role}`)).toEqual([
      "t state",
      "fine diagnostic",
    ]);
  });

  it.each([
    ["steps", "grid:", "step: PT6H\ngrid:", "step: expected no step: a grid of names alone is that of maps"],
    ["networks", "grid:", "networks: []\ngrid:", "networks: expected no networks"],
    ["history", "grid:", "history: 2\ngrid:", "history: expected no history"],
    ["no diagnostics", "diagnostics", "other", "diagnostics"],
    ["an axis twice", "[lat, lon]", "[lat, lon, lat]", "grid[2]: the axis lat is there twice; keep one"],
    ["an axis of another meaning", "[lat, lon]", "[lat, lon, batch]", "grid[2]: expected another name"],
    ["a scale of another axis", "lon: 3", "x: 3", "scale.x: expected an axis of the grid (lat, lon)"],
    ["a scale that is no factor", "lon: 3", "lon: 0.5", "scale.lon: expected a whole number from 1 to 64"],
    [
      "a scale of a forecast",
      "[lat, lon]",
      "{ lat: { values: [1] }, lon: { values: [1] } }",
      "scale: expected only beside a grid of names alone",
    ],
    [
      "something fed back",
      "diagnostic: [fine]",
      "state: [t]",
      "expected diagnostic: what networks under diagnostics make is not fed back",
    ],
    [
      "outputs without space",
      "[fine], layout: [batch, channel, lat, lon]",
      "[fine], layout: [batch, channel]",
      "expected the axes of the grid",
    ],
  ])("has not: %s", async (_, from, to, expected) => {
    expect((await problemsOf(RIGHT.replace(from, to))).join("\n")).toContain(expected);
  });
});
