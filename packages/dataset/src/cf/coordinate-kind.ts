import { isTimeType } from "../data-type.ts";
import type { Variable } from "../dataset.ts";
import { timeCodingOf } from "./time-coding.ts";

/** What a coordinate measures, as far as CF §4 lets one tell. */
export type CoordinateKind = "longitude" | "latitude" | "projected_x" | "projected_y" | "vertical" | "time";

const LONGITUDE_UNITS = /^degrees?_?(east|e)$/i;
const LATITUDE_UNITS = /^degrees?_?(north|n)$/i;
const ANGLE_UNITS = /^(degrees?|radians?|rad|deg)$/i;
const PRESSURE_UNITS = /^(pa|hpa|mbar|millibars?|mb|kpa|bar|dbar|decibar)$/i;

/** By standard name, units and axis, in this order; by name only where the units do not speak against it. */
export function coordinateKind({ name, attrs, source }: Variable): CoordinateKind | undefined {
  const standardName = textOf(attrs["standard_name"]);
  const units = textOf(attrs["units"]);
  const axis = textOf(attrs["axis"]).toUpperCase();
  if (source.dtype.startsWith("datetime64[")) return "time";
  if (isTimeType(source.dtype) || source.dtype === "string") return undefined;
  if (timeCodingOf(attrs) !== undefined) return "time";
  // grid_longitude is an angle too, but on the rotated sphere
  if (/^(projection_x_coordinate|grid_longitude)/.test(standardName)) return "projected_x";
  if (/^(projection_y_coordinate|grid_latitude)/.test(standardName)) return "projected_y";
  if (standardName === "longitude" || LONGITUDE_UNITS.test(units)) return "longitude";
  if (standardName === "latitude" || LATITUDE_UNITS.test(units)) return "latitude";
  if (isVertical(attrs, units, axis)) return "vertical";
  if (units === "" || ANGLE_UNITS.test(units)) {
    if (/^(lon|longitude|clon|nav_lon|xlong?|geolon)$/i.test(name)) return "longitude";
    if (/^(lat|latitude|clat|nav_lat|xlat|geolat)$/i.test(name)) return "latitude";
  }
  if (axis === "X" || /^(x|rlon|xc|grid_xt)$/i.test(name)) return "projected_x";
  if (axis === "Y" || /^(y|rlat|yc|grid_yt)$/i.test(name)) return "projected_y";
  return undefined;
}

function isVertical(attrs: Variable["attrs"], units: string, axis: string): boolean {
  return axis === "Z" || typeof attrs["positive"] === "string" || PRESSURE_UNITS.test(units);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value.trim() : "";
}
