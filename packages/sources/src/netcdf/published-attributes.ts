import type { Attributes } from "@zarr-gateway/dataset";

/**
 * The attributes of a variable without the one that tells how it was rounded before it was written: xarray takes it for
 * encoding (also of NetCDF-3), so that it is in no Zarr store made with xarray, and a dataset that shows it differs
 * from the same file opened there. Group attributes of this name stay.
 * @see xarray/backends/netCDF4_.py open_store_variable
 */
export function publishedAttributes(attrs: Attributes): Attributes {
  const { least_significant_digit: _encoding, ...published } = attrs;
  return published;
}
