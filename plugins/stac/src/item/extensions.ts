const HOST = "https://stac-extensions.github.io";

/** Identifiers of the extensions, each of a published version. */
export const EXTENSIONS = {
  cf: `${HOST}/cf/v0.2.0/schema.json`,
  datacube: `${HOST}/datacube/v2.3.0/schema.json`,
  forecast: `${HOST}/forecast/v0.2.0/schema.json`,
  mlm: `${HOST}/mlm/v1.5.2/schema.json`,
  projection: `${HOST}/projection/v2.0.0/schema.json`,
  render: `${HOST}/render/v2.0.0/schema.json`,
  scientific: `${HOST}/scientific/v1.0.0/schema.json`,
  storage: `${HOST}/storage/v2.0.0/schema.json`,
  version: `${HOST}/version/v1.2.0/schema.json`,
  virtual: `${HOST}/virtual-assets/v1.0.0/schema.json`,
  xarray: `${HOST}/xarray-assets/v1.0.0/schema.json`,
  zarr: `${HOST}/zarr/v1.1.0/schema.json`,
} as const;

export const STAC_VERSION = "1.1.0";
