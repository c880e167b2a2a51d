export * from "./aggregate/index.ts";
export { type DetectedFormat, detectFormat } from "./detect-format.ts";
export * from "./icechunk/index.ts";
export {
  type ClassicFile,
  type ClassicFileOptions,
  classicFile,
  hasMeasuredTexts,
} from "./netcdf/classic/index.ts";
export { type NetcdfContext, type NetcdfOpenerOptions, netcdfOpener } from "./netcdf/netcdf-opener.ts";
export { type OpenLocationOptions, openLocation } from "./open-location.ts";
export * from "./references/index.ts";
export { type OpenZarrOptions, openZarr, type ZarrOpenerOptions, zarrOpener } from "./zarr/index.ts";
export { type WriteKey, type WriteZarrOptions, writeZarr } from "./zarr/write/write-zarr.ts";
export { draftZarrFolder, type ZarrFolderDraft } from "./zarr/write/zarr-folder.ts";
