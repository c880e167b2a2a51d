import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { onnxModel } from "@zarr-gateway/testkit/onnx";
import { gaussianGrid } from "./gaussian-grid.ts";
import { stepNetwork, vorticityNetwork } from "./networks.ts";

/** T42: 43 wave numbers on 64 Gaussian latitudes and 128 longitudes. */
export const GRID = gaussianGrid(42, 64, 128);
const STEPPING = { seconds: 3600, steps: 8, damping: 6 * 3600 };

/** Writes the graphs that model.yaml names; those that are there already are left alone. */
export async function makeModel(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeNew(join(folder, "step.onnx"), onnxModel(stepNetwork(GRID, STEPPING)));
  await writeNew(join(folder, "vorticity.onnx"), onnxModel(vorticityNetwork(GRID)));
}

/** A file appears only when it is complete. */
async function writeNew(path: string, bytes: Uint8Array): Promise<void> {
  if (existsSync(path) && (await readFile(path)).equals(bytes)) return;
  const unfinished = `${path}.${process.pid}`;
  await writeFile(unfinished, bytes);
  await rename(unfinished, path);
}

if (import.meta.main) await makeModel(resolve(process.argv[2] ?? import.meta.dirname));
