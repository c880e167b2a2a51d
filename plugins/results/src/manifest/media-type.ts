/** By the name alone. Metadata of Zarr are JSON, whatever they are called; chunks have no type of their own. */
const BY_NAME: Readonly<Record<string, string>> = {
  ".zarray": "application/json",
  ".zattrs": "application/json",
  ".zgroup": "application/json",
  ".zmetadata": "application/json",
};
const BY_EXTENSION: Readonly<Record<string, string>> = {
  csv: "text/csv; charset=utf-8",
  geojson: "application/geo+json",
  gif: "image/gif",
  grib: "application/wmo-GRIB2",
  grib2: "application/wmo-GRIB2",
  h5: "application/x-hdf5",
  html: "text/html; charset=utf-8",
  jpeg: "image/jpeg",
  jpg: "image/jpeg",
  json: "application/json",
  log: "text/plain; charset=utf-8",
  md: "text/markdown; charset=utf-8",
  nc: "application/x-netcdf",
  nc4: "application/x-netcdf",
  parquet: "application/vnd.apache.parquet",
  pdf: "application/pdf",
  png: "image/png",
  svg: "image/svg+xml",
  tif: "image/tiff; application=geotiff",
  tiff: "image/tiff; application=geotiff",
  txt: "text/plain; charset=utf-8",
  xml: "application/xml",
  yaml: "application/yaml",
  yml: "application/yaml",
  zip: "application/zip",
};
const UNKNOWN = "application/octet-stream";

/** Of a path or a name. */
export function mediaTypeOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const known = BY_NAME[name];
  if (known !== undefined) return known;
  const dot = name.lastIndexOf(".");
  if (dot <= 0) return UNKNOWN;
  return BY_EXTENSION[name.slice(dot + 1).toLowerCase()] ?? UNKNOWN;
}
