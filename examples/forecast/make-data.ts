import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { writeZarr } from "../quickstart/write-zarr.ts";
import { analysisSet } from "./analysis.ts";
import { makeModel } from "./shallow-water/make-model.ts";

const HERE = import.meta.dirname;

/** Writes the analysis, and the graphs of the shallow-water model, unless they are there. */
export async function makeForecastData(): Promise<void> {
  await makeModel(join(HERE, "shallow-water"));
  await makeAnalysis(join(HERE, "data/analysis.zarr"));
}

/** The folder appears only when it is complete. */
export async function makeAnalysis(folder: string): Promise<void> {
  if (existsSync(folder)) return;
  const unfinished = `${folder}.${process.pid}`;
  try {
    await mkdir(dirname(folder), { recursive: true });
    await writeZarr(unfinished, analysisSet());
    await rename(unfinished, folder);
  } catch (error) {
    if (!existsSync(folder)) throw error; // another process was faster
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

if (import.meta.main) await makeForecastData();
