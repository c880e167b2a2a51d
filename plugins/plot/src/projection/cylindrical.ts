import type { GeoRawProjection } from "d3-geo";
import { degrees, type MapProjection, type Point, radians, turned } from "./map-projection.ts";

/** Degrees as they are. */
export function plateCarree(centralLongitude: number): MapProjection {
  return {
    name: "PlateCarree",
    id: `PlateCarree ${centralLongitude}`,
    centralLongitude,
    isSeparable: true,
    hasDegrees: true,
    cutMeridian: turned(centralLongitude + 180),
    bounds: { x0: -180, y0: -90, x1: 180, y1: 90 },
    forward(longitude, latitude, to) {
      to[0] = turned(longitude - centralLongitude);
      to[1] = latitude;
      return Math.abs(latitude) <= 90;
    },
    inverse(x, y, to) {
      to[0] = x + centralLongitude;
      to[1] = y;
      return Math.abs(y) <= 90;
    },
  };
}

/** Where the map of the web ends. */
const MERCATOR_LATITUDE = 85.0511287798066;

export function mercator(centralLongitude: number): MapProjection {
  return {
    name: "Mercator",
    id: `Mercator ${centralLongitude}`,
    centralLongitude,
    isSeparable: true,
    hasDegrees: true,
    cutMeridian: turned(centralLongitude + 180),
    bounds: { x0: -180, y0: -180, x1: 180, y1: 180 },
    forward(longitude, latitude, to) {
      to[0] = turned(longitude - centralLongitude);
      to[1] = degrees(Math.asinh(Math.tan(radians(Math.max(-89.9, Math.min(89.9, latitude))))));
      return Math.abs(latitude) <= MERCATOR_LATITUDE;
    },
    inverse(x, y, to) {
      to[0] = x + centralLongitude;
      to[1] = degrees(Math.atan(Math.sinh(radians(y))));
      return true;
    },
  };
}

export interface RowwiseFormula {
  readonly name: string;
  readonly raw: GeoRawProjection;
}

/**
 * Maps of the whole globe whose parallels are straight lines with places evenly spread along them (Robinson, Mollweide, …).
 * The inverse is worked out once a row: the next point of the same row costs a division.
 */
export function rowwise({ name, raw }: RowwiseFormula, centralLongitude: number): MapProjection {
  const top = raw(0, Math.PI / 2)[1];
  const right = raw(Math.PI, 0)[0];
  const row = createRow(raw);
  return {
    name,
    id: `${name} ${centralLongitude}`,
    centralLongitude,
    isRowwise: true,
    cutMeridian: turned(centralLongitude + 180),
    bounds: { x0: -right, y0: -top, x1: right, y1: top },
    outline: outlineOf(raw),
    forward(longitude, latitude, to) {
      const [x, y] = raw(radians(turned(longitude - centralLongitude)), radians(latitude));
      to[0] = x;
      to[1] = y;
      return Math.abs(latitude) <= 90;
    },
    inverse(x, y, to) {
      if (Math.abs(y) > top) return false;
      const { latitude, width } = row(y);
      const angle = width > 0 ? x / width : 0;
      to[0] = degrees(angle) + centralLongitude;
      to[1] = latitude;
      return Math.abs(angle) <= Math.PI;
    },
  };
}

/** Latitude of a row, and how long a radian is along it. */
function createRow(raw: GeoRawProjection): (y: number) => { latitude: number; width: number } {
  const known = { y: Number.NaN, latitude: 0, width: 0 };
  return (y) => {
    if (y !== known.y) {
      const latitude = raw.invert?.(0, y)[1] ?? Number.NaN;
      known.y = y;
      known.latitude = degrees(latitude);
      known.width = raw(1, latitude)[0];
    }
    return known;
  };
}

function outlineOf(raw: GeoRawProjection): Point[] {
  const side = (longitude: number, from: number): Point[] =>
    Array.from({ length: 181 }, (_, at) => raw(longitude, radians(from + (from < 0 ? at : -at))));
  return [...side(Math.PI, -90), ...side(-Math.PI, 90)];
}
