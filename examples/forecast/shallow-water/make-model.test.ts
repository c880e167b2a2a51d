import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { temporaryFolder } from "@zarr-gateway/testkit";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { describe, expect, it } from "vitest";
import { jetState } from "./initial-states.ts";
import { GRID, makeModel } from "./make-model.ts";

const SHAPE = [3, GRID.latitudes.length, GRID.longitudes.length];

describe("the graphs of the shallow-water model", () => {
  it("are the same bytes each time, about 1 MB each, and are not written twice", async () => {
    await using folder = await temporaryFolder();
    const [one, other] = [join(folder.path, "one"), join(folder.path, "other")];
    await makeModel(one);
    await makeModel(other);
    expect((await readdir(one)).sort()).toEqual(["step.onnx", "vorticity.onnx"]);
    for (const name of await readdir(one)) {
      const bytes = await readFile(join(one, name));
      expect(bytes.equals(await readFile(join(other, name)))).toBe(true);
      expect(bytes.length).toBeLessThan(1.2e6);
    }
    const { mtimeMs } = await stat(join(one, "step.onnx"));
    await makeModel(one);
    expect((await stat(join(one, "step.onnx"))).mtimeMs).toBe(mtimeMs);
  });

  it("keep a balanced jet, its mass and its symmetry through a day", async () => {
    await using folder = await temporaryFolder();
    await makeModel(folder.path);
    const session = await InferenceSession.create(join(folder.path, "step.onnx"), { logSeverityLevel: 3 });
    const both = ["north", "south"] as const;
    const { u, v, h } = jetState(
      GRID,
      both.map((hemisphere) => ({ hemisphere, bumpLongitude: 0 })),
    );
    const first = Float32Array.from([...u, ...v, ...h]);
    let state = new Tensor("float32", first, [1, ...SHAPE]);
    for (let hour = 0; hour < 24; hour++) state = (await session.run({ state }))["next"] as typeof state; // declared
    const last = state.data;
    const [mass, massBefore] = [meanHeight(last), meanHeight(first)];
    expect(Math.abs(mass - massBefore)).toBeLessThan(1e-6 * massBefore);
    const row = (number: number): Float32Array =>
      last.subarray(number * GRID.longitudes.length, (number + 1) * GRID.longitudes.length);
    const [north, south] = [row(16), row(GRID.latitudes.length - 17)];
    expect(Math.max(...north)).toBeGreaterThan(70);
    for (const [column, wind] of north.entries()) expect(south[column]).toBeCloseTo(wind, 1);
    await session.release();
  });
});

function meanHeight(state: Float32Array): number {
  const [, rows = 0, columns = 0] = SHAPE;
  let sum = 0;
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      sum += state[(2 * rows + row) * columns + column]! * GRID.weights[row]!;
  return sum / (2 * columns);
}
