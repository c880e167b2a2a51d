import { geoConicConformalRaw } from "d3-geo";
import type { Middle } from "./azimuthal.ts";
import { degrees, type MapProjection, radians, turned } from "./map-projection.ts";

/** Places farther towards the other pole lie too far out to be drawn; degrees. */
const FARTHEST_LATITUDE = 60;

/** Lambert's conformal conic map; its parallels lie around the middle, on the middle's side of the equator. */
export function lambertConformal(middle: Middle, parallels: readonly [number, number]): MapProjection {
  const raw = geoConicConformalRaw(radians(parallels[0]), radians(parallels[1]));
  const side = Math.sign(parallels[0] + parallels[1]) || 1;
  return {
    name: "LambertConformal",
    id: `LambertConformal ${middle.longitude} ${middle.latitude} ${parallels.join(" ")}`,
    centralLongitude: middle.longitude,
    cutMeridian: turned(middle.longitude + 180),
    forward(longitude, latitude, to) {
      if (side * latitude < -FARTHEST_LATITUDE || side * latitude > 89.9999) return false;
      const [x, y] = raw(radians(turned(longitude - middle.longitude)), radians(latitude));
      to[0] = x;
      to[1] = y;
      return true;
    },
    inverse(x, y, to) {
      const [lambda, phi] = raw.invert?.(x, y) ?? [Number.NaN, Number.NaN];
      to[0] = degrees(lambda) + middle.longitude;
      to[1] = degrees(phi);
      return Math.abs(lambda) <= Math.PI && Math.abs(to[1]) <= 90;
    },
  };
}
