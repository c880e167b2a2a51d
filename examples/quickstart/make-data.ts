import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import { surfaceSet, temperatureSet, windSet } from "./atmosphere.ts";
import { writeNetcdf3 } from "./write-netcdf3.ts";
import { writeNetcdf4 } from "./write-netcdf4.ts";
import { writeZarr } from "./write-zarr.ts";

/** Writes the example's three datasets, unless they are there; the folder appears only when it is complete. */
export async function makeData(folder: string): Promise<void> {
  if (existsSync(folder)) return;
  const unfinished = `${folder}.${process.pid}`;
  try {
    await mkdir(unfinished, { recursive: true });
    await writeNetcdf4(join(unfinished, "temperature.nc"), temperatureSet());
    await writeNetcdf3(join(unfinished, "surface.nc"), surfaceSet());
    await writeZarr(join(unfinished, "wind.zarr"), windSet());
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
}

if (import.meta.main) await makeData(resolve(process.argv[2] ?? join(import.meta.dirname, "data")));
