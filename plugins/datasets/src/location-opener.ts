import { createChunkCoder } from "@zarr-gateway/codecs";
import type { Opener } from "@zarr-gateway/dataset";
import type { WorkerPool } from "@zarr-gateway/primitives";
import {
  icechunkOpener,
  ManifestCache,
  netcdfOpener,
  openLocation,
  referencesOpener,
  zarrOpener,
} from "@zarr-gateway/sources";
import type { OpenFiles, OpenStoreOptions } from "@zarr-gateway/stores";
import type { LocationOpener } from "./open-dataset.ts";

export interface LocationOpenerOptions {
  readonly pool: WorkerPool;
  readonly files: OpenFiles;
  /** Where bytes of web servers are remembered, and how long they are believed. */
  readonly remote: NonNullable<OpenStoreOptions["remote"]>;
  /** What other plugins contribute; asked at each opening, because it is complete only after the start. */
  readonly contributed: () => readonly Opener[];
}

/** Opens Zarr stores, Icechunk repositories, reference sets, NetCDF files and what other plugins open, with one table of open files for all of them. */
export function locationOpener({ pool, files, remote, contributed }: LocationOpenerOptions): LocationOpener {
  const coder = createChunkCoder({ pool });
  const manifests = new ManifestCache();
  return ({ location, format, allow, pin }, { signal }) => {
    const stores = { allow, files, remote };
    const openers = [
      zarrOpener({ stores, coder }),
      icechunkOpener({ stores, coder, manifests, ...pin }),
      referencesOpener({ stores, coder }),
      netcdfOpener({ stores, pool, coder }),
      ...contributed(),
    ];
    return openLocation(location, { openers, stores, signal, ...(format !== undefined && { format }) });
  };
}
