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
import type { OpenFiles, OpenStoreOptions, RemoteConnections, StoreCredentials } from "@zarr-gateway/stores";
import type { LocationOpener } from "./location-request.ts";

export interface LocationOpenerOptions {
  readonly pool: WorkerPool;
  readonly files: OpenFiles;
  readonly connections: RemoteConnections;
  readonly credentials: readonly StoreCredentials[];
  /** Where bytes of web servers are remembered, and how long they are believed. */
  readonly remote: NonNullable<OpenStoreOptions["remote"]>;
  /** What other plugins contribute; asked at each opening, because it is complete only after the start. */
  readonly contributed: () => readonly Opener[];
}

/** Opens Zarr stores, Icechunk repositories, reference sets, NetCDF files and what other plugins open, with one table of open files for all of them. */
export function locationOpener(options: LocationOpenerOptions): LocationOpener {
  const { pool, files, connections, credentials, remote, contributed } = options;
  const coder = createChunkCoder({ pool });
  const manifests = new ManifestCache();
  return ({ location, format, allow, pin }, { signal }) => {
    const stores = { allow, files, connections, credentials, remote };
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
