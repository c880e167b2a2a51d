import { GatewayError } from "@zarr-gateway/primitives";

/** The file's structure contradicts itself or the format: somebody else's fault, so `upstream`. */
export function damaged(what: string): GatewayError {
  return new GatewayError("upstream", `the HDF5 file is damaged: ${what}`);
}

/** The file may be right, but this reader does not know the feature. */
export function notSupported(what: string): GatewayError {
  return new GatewayError("unsupported", `the HDF5 file has ${what}, which cannot be read`);
}
