import { createChunkCoder } from "@zarr-gateway/codecs";
import type { WorkerPool } from "@zarr-gateway/primitives";
import { netcdfOpener, openLocation, zarrOpener } from "@zarr-gateway/sources";
import type { OpenFiles } from "@zarr-gateway/stores";
import type { LocationOpener } from "./open-dataset.ts";

/** Opens Zarr stores and NetCDF files, with one pool and one table of open files for all of them. */
export function locationOpener({
  pool,
  files,
}: {
  readonly pool: WorkerPool;
  readonly files: OpenFiles;
}): LocationOpener {
  const coder = createChunkCoder({ pool });
  return ({ location, format, allow }, { signal }) => {
    const stores = { allow, files };
    const openers = [zarrOpener({ stores, coder }), netcdfOpener({ stores, pool, coder })];
    return openLocation(location, { openers, stores, signal, ...(format !== undefined && { format }) });
  };
}
