import type { Attributes } from "../attributes.ts";

/** Grid mapping `rotated_latitude_longitude`, CF appendix F; degrees. */
export interface RotatedPole {
  readonly poleLongitude: number;
  readonly poleLatitude: number;
  readonly northPoleGridLongitude: number;
}

const DEGREES_PER_RADIAN = 180 / Math.PI;

/** The rotated pole that a grid mapping variable describes; undefined for other mappings. */
export function rotatedPoleOf(attrs: Attributes): RotatedPole | undefined {
  const number = (name: string, otherwise: number): number => {
    const value = attrs[name];
    return typeof value === "number" || typeof value === "bigint" ? Number(value) : otherwise;
  };
  const poleLongitude = number("grid_north_pole_longitude", Number.NaN);
  const poleLatitude = number("grid_north_pole_latitude", Number.NaN);
  if (Number.isNaN(poleLongitude) || Number.isNaN(poleLatitude)) return undefined;
  return { poleLongitude, poleLatitude, northPoleGridLongitude: number("north_pole_grid_longitude", 0) };
}

/** True longitudes and latitudes, in degrees, of all points of a rotated grid in C order (latitude, longitude). */
export function unrotatedGrid(
  gridLongitudes: Float64Array,
  gridLatitudes: Float64Array,
  pole: RotatedPole,
): { readonly longitudes: Float64Array; readonly latitudes: Float64Array } {
  const longitudes = new Float64Array(gridLongitudes.length * gridLatitudes.length);
  const latitudes = new Float64Array(longitudes.length);
  const tilt = pole.poleLatitude / DEGREES_PER_RADIAN;
  let at = 0;
  for (const gridLatitude of gridLatitudes) {
    for (const gridLongitude of gridLongitudes) {
      const lambda = (gridLongitude - pole.northPoleGridLongitude) / DEGREES_PER_RADIAN;
      const phi = gridLatitude / DEGREES_PER_RADIAN;
      const sine = Math.sin(tilt) * Math.sin(phi) + Math.cos(tilt) * Math.cos(phi) * Math.cos(lambda);
      const east = -Math.cos(phi) * Math.sin(lambda);
      const north = Math.cos(tilt) * Math.sin(phi) - Math.sin(tilt) * Math.cos(phi) * Math.cos(lambda);
      latitudes[at] = Math.asin(Math.max(-1, Math.min(1, sine))) * DEGREES_PER_RADIAN;
      longitudes[at] = turned(pole.poleLongitude + Math.atan2(east, north) * DEGREES_PER_RADIAN);
      at += 1;
    }
  }
  return { longitudes, latitudes };
}

function turned(longitude: number): number {
  return ((((longitude + 180) % 360) + 360) % 360) - 180;
}
