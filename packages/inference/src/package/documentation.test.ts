import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, it } from "vitest";
import { readModelPackage } from "./read-model-package.ts";
import { npyFloat32, testFolder } from "./testing/package-folder.ts";

const PAGE = join(import.meta.dirname, "../../../../docs/model-packages.md");

it("the sample of docs/model-packages.md is a model package", async () => {
  const page = await readFile(PAGE, "utf8");
  const [, sample = ""] = /^```yaml model\.yaml\n(.*?)^```$/ms.exec(page) ?? [];
  const eight = [1, 2, 3, 4, 5, 6, 7, 8];
  await using folder = await testFolder({
    "model.yaml": sample,
    "advance.onnx": "",
    "storm.onnx": "",
    "means.npy": npyFloat32([8], eight),
    "stds.npy": npyFloat32([8], eight),
    "orography.npy": npyFloat32([19, 24], new Array<number>(19 * 24).fill(0)),
  });
  const model = await readModelPackage(folder.path);
  expect(model.variables.map(({ name }) => name)).toEqual(["t", "u", "tp", "storm_risk"]);
  expect(model.levels).toEqual({ level: [850, 500, 250] });
  expect(model.networks[0]?.inputs[0]?.channels).toHaveLength(8);
});
