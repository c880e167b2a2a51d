import type { Variable } from "@zarr-gateway/dataset";

/** Dimensions as xarray sees them: arrays of single characters are text, without the dimension that counts its letters. */
export function visibleDimensions({ dims, source }: Variable): readonly (string | null)[] {
  return source.dtype === "S1" ? dims.slice(0, -1) : dims;
}
