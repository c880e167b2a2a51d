import type { ChunkCoder } from "@zarr-gateway/codecs";
import type { Opener } from "@zarr-gateway/dataset";
import { isStoreLocation, locationName, type OpenStoreOptions, openStore } from "@zarr-gateway/stores";
import { openZarr } from "./open-zarr.ts";

export interface ZarrOpenerOptions {
  readonly stores: OpenStoreOptions;
  readonly coder: ChunkCoder;
}

/** Opens folders of this machine and of web servers that hold a Zarr store. */
export function zarrOpener({ stores, coder }: ZarrOpenerOptions): Opener {
  return {
    format: "zarr",
    accepts: isStoreLocation,
    async open(location, options = {}) {
      const store = openStore(location, stores);
      try {
        const name = locationName(location).replace(/\.zarr$/i, "") || "data";
        return await openZarr(store, { coder, name, location, signal: options.signal });
      } catch (error) {
        await store.close?.();
        throw error;
      }
    },
  };
}
