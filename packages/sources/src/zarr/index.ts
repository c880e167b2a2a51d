export { type OpenZarrOptions, openZarr } from "./open-zarr.ts";
export { type ZarrOpenerOptions, zarrOpener } from "./zarr-opener.ts";
