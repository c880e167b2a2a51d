import type { Dataset } from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { IcechunkPinOptions } from "@zarr-gateway/sources";

/** Finds the format of a location out, unless it is given, and opens it; reads nothing outside `allow`. */
export type LocationOpener = (request: LocationRequest, options: CallOptions) => Promise<Dataset>;

export interface LocationRequest {
  readonly location: URL;
  readonly format?: string;
  readonly allow: readonly URL[];
  /** What of an Icechunk repository is wanted. */
  readonly pin?: IcechunkPinOptions;
}
