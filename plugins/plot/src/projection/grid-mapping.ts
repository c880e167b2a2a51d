import { type Attributes, type RotatedPole, rotatedPoleOf } from "@zarr-gateway/dataset";

/** The plane on which a grid's axes lie. Plain data. */
export type GridPlane =
  | { readonly kind: "geographic" }
  | { readonly kind: "rotated"; readonly pole: RotatedPole }
  /** PROJ's words; the axes are in units of `unit` metres, angles of geostationary views in `unit` radians. */
  | { readonly kind: "proj"; readonly definition: string; readonly unit: number };

const FIXED_RADIUS = 6_371_229; // of most weather models

/** What a CF grid mapping (appendix F) says; undefined for one that is not known here. */
export function gridPlaneOf(attrs: Attributes, axisUnits: string | undefined): GridPlane | undefined {
  const name = attrs["grid_mapping_name"];
  if (name === "latitude_longitude") return { kind: "geographic" };
  const pole = rotatedPoleOf(attrs);
  if (pole) return { kind: "rotated", pole };
  const formula = typeof name === "string" ? formulaOf(name, attrs) : undefined;
  if (formula === undefined) return undefined;
  const isAngle = name === "geostationary" && !isLength(axisUnits);
  const unit = isAngle ? (numberOf(attrs, "perspective_point_height") ?? 35_786_023) : metresOf(axisUnits);
  return { kind: "proj", definition: `${formula} ${ellipsoid(attrs)} +no_defs`, unit };
}

function formulaOf(name: string, attrs: Attributes): string | undefined {
  const number = (key: string, otherwise = 0): number => numberOf(attrs, key) ?? otherwise;
  const shift = `+x_0=${number("false_easting")} +y_0=${number("false_northing")}`;
  const origin = `+lat_0=${number("latitude_of_projection_origin")} +lon_0=${middleLongitude(attrs)} ${shift}`;
  const [first = 0, second = first] = numbersOf(attrs, "standard_parallel");
  switch (name) {
    case "lambert_conformal_conic":
      return `+proj=lcc +lat_1=${first} +lat_2=${second} ${origin}`;
    case "albers_conical_equal_area":
      return `+proj=aea +lat_1=${first} +lat_2=${second} ${origin}`;
    case "lambert_azimuthal_equal_area":
      return `+proj=laea ${origin}`;
    case "azimuthal_equidistant":
      return `+proj=aeqd ${origin}`;
    case "orthographic":
      return `+proj=ortho ${origin}`;
    case "polar_stereographic":
    case "stereographic":
      return stereographic(attrs, origin);
    case "transverse_mercator":
      return `+proj=tmerc +k=${number("scale_factor_at_central_meridian", 1)} ${origin}`;
    case "mercator":
      return `+proj=merc +lat_ts=${first} +lon_0=${middleLongitude(attrs)} ${shift}`;
    case "lambert_cylindrical_equal_area":
      return `+proj=cea +lat_ts=${first} +lon_0=${middleLongitude(attrs)} ${shift}`;
    case "sinusoidal":
      return `+proj=sinu +lon_0=${middleLongitude(attrs)} ${shift}`;
    case "geostationary": {
      const sweep = attrs["sweep_angle_axis"] === "x" ? "x" : "y";
      return `+proj=geos +h=${number("perspective_point_height", 35_786_023)} +lon_0=${middleLongitude(attrs)} +sweep=${sweep} ${shift}`;
    }
    default:
      return undefined;
  }
}

function stereographic(attrs: Attributes, origin: string): string {
  const [parallel] = numbersOf(attrs, "standard_parallel");
  const factor = numberOf(attrs, "scale_factor_at_projection_origin");
  return `+proj=stere ${parallel === undefined ? `+k=${factor ?? 1}` : `+lat_ts=${parallel}`} ${origin}`;
}

const LONGITUDES = [
  "longitude_of_projection_origin",
  "longitude_of_central_meridian",
  "straight_vertical_longitude_from_pole",
];

function middleLongitude(attrs: Attributes): number {
  return LONGITUDES.map((name) => numberOf(attrs, name)).find((value) => value !== undefined) ?? 0;
}

function ellipsoid(attrs: Attributes): string {
  const major = numberOf(attrs, "semi_major_axis") ?? numberOf(attrs, "earth_radius");
  const minor = numberOf(attrs, "semi_minor_axis");
  const flattening = numberOf(attrs, "inverse_flattening");
  if (major === undefined) return attrs["crs_wkt"] === undefined ? `+R=${FIXED_RADIUS}` : "+ellps=WGS84";
  if (minor !== undefined) return `+a=${major} +b=${minor}`;
  return flattening ? `+a=${major} +rf=${flattening}` : `+R=${major}`;
}

function isLength(units: string | undefined): boolean {
  return units !== undefined && /^(k?m|metres?|meters?|kilomet(er|re)s?)$/i.test(units.trim());
}

function metresOf(units: string | undefined): number {
  return units !== undefined && /^(km|kilomet(er|re)s?)$/i.test(units.trim()) ? 1000 : 1;
}

function numberOf(attrs: Attributes, name: string): number | undefined {
  return numbersOf(attrs, name)[0];
}

/** Only finite numbers may become part of a definition. */
function numbersOf(attrs: Attributes, name: string): number[] {
  const value = attrs[name];
  const values = Array.isArray(value) ? value : [value];
  return values
    .filter((item) => typeof item === "number" || typeof item === "bigint")
    .map(Number)
    .filter(Number.isFinite);
}
