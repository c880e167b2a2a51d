import type { ChunkCoder } from "@zarr-gateway/codecs";
import type { Dataset, Opener } from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError, type WorkerPool } from "@zarr-gateway/primitives";
import { isStoreLocation, type OpenStoreOptions, openAccess, type RandomAccess } from "@zarr-gateway/stores";
import { signatureOf } from "../file-signature.ts";
import { openClassic } from "./classic/index.ts";
import { openNetcdf4 } from "./netcdf4/index.ts";

/** What readers of NetCDF files are given beside the file. */
export interface NetcdfContext {
  /** What chunk addresses name. */
  readonly location: URL;
  readonly pool: WorkerPool;
  readonly coder: ChunkCoder;
}

export interface NetcdfOpenerOptions {
  readonly stores: OpenStoreOptions;
  readonly pool: WorkerPool;
  readonly coder: ChunkCoder;
}

/** Opens NetCDF-4 (any HDF5) and NetCDF-3 files, told apart by their first bytes. */
export function netcdfOpener({ stores, pool, coder }: NetcdfOpenerOptions): Opener {
  return {
    format: "netcdf",
    accepts: (location) => isStoreLocation(location) && !location.pathname.endsWith("/"),
    async open(location, options = {}) {
      const access = await openAccess(location, { ...stores, signal: options.signal });
      try {
        return await openNetcdf(access, { location, pool, coder }, options);
      } catch (error) {
        await access.close?.();
        throw error;
      }
    },
  };
}

/** @throws GatewayError unsupported when it is another kind of file */
export async function openNetcdf(
  access: RandomAccess,
  context: NetcdfContext,
  options: CallOptions,
): Promise<Dataset> {
  const signature = await signatureOf(access, options);
  switch (signature.kind) {
    case "netcdf-3":
      return openClassic(access, context, options);
    case "hdf5":
      return openNetcdf4(access, context, options);
    default:
      throw new GatewayError("unsupported", `not a NetCDF file: ${signature.description}`);
  }
}
