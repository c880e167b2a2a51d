import type { Attributes, DatasetDescription } from "@zarr-gateway/dataset";

/** How the coordinates of x and y are places; undefined where nothing certain can be said. */
export type ReferenceSystem = { readonly code: "EPSG:4326" } | { readonly wkt2: string };

/** Longer texts are not published: a reference system takes some thousand characters. */
const MAX_LENGTH = 20_000;

/** From the grid mapping (CF §5.6, Appendix F), else longitude and latitude where they are the axes. */
export function referenceSystemOf({ space }: DatasetDescription): ReferenceSystem | undefined {
  if (space === undefined) return undefined;
  const { gridMapping, grid } = space;
  const isGeographic = grid === "regular" || grid === "rectilinear" || grid === "point";
  if (gridMapping === undefined) return isGeographic ? { code: "EPSG:4326" } : undefined;
  const wkt = gridMapping["crs_wkt"];
  // WKT 1, which GDAL wrote for long, begins otherwise
  if (
    typeof wkt === "string" &&
    wkt.length <= MAX_LENGTH &&
    /^\s*(GEOG|PROJ|GEOD|COMPOUND|BOUND|DERIVED)[A-Z]*CRS\s*\[/.test(wkt)
  ) {
    return { wkt2: wkt };
  }
  const name = gridMapping["grid_mapping_name"];
  if (name === "rotated_latitude_longitude") return rotatedPole(gridMapping);
  return name === "latitude_longitude" && isGeographic ? { code: "EPSG:4326" } : undefined;
}

/** As PROJ writes the grid mapping `rotated_latitude_longitude`. */
function rotatedPole(gridMapping: Attributes): ReferenceSystem | undefined {
  const number = (name: string): number | undefined => {
    const value = gridMapping[name];
    const one: unknown = Array.isArray(value) ? value.at(0) : value;
    return typeof one === "number" || typeof one === "bigint" ? Number(one) : undefined;
  };
  const latitude = number("grid_north_pole_latitude");
  const longitude = number("grid_north_pole_longitude");
  if (latitude === undefined || longitude === undefined) return undefined;
  const method = "Pole rotation (netCDF CF convention)";
  const degree = 'ANGLEUNIT["degree",0.0174532925199433]';
  const radius = number("earth_radius") ?? number("semi_major_axis") ?? 6371229;
  const flattening = number("inverse_flattening") ?? 0;
  const parameters = [
    ["Grid north pole latitude (netCDF CF convention)", latitude],
    ["Grid north pole longitude (netCDF CF convention)", longitude],
    ["North pole grid longitude (netCDF CF convention)", number("north_pole_grid_longitude") ?? 0],
  ].map(([name, value]) => `PARAMETER["${name}",${value},${degree}]`);
  const wkt2 = [
    'GEOGCRS["rotated pole",BASEGEOGCRS["unknown",DATUM["unknown",',
    `ELLIPSOID["unknown",${radius},${flattening},LENGTHUNIT["metre",1]]],PRIMEM["Greenwich",0,${degree}]],`,
    `DERIVINGCONVERSION["${method}",METHOD["${method}"],${parameters.join(",")}],`,
    `CS[ellipsoidal,2],AXIS["longitude",east,ORDER[1],${degree}],AXIS["latitude",north,ORDER[2],${degree}]]`,
  ].join("");
  return { wkt2 };
}
