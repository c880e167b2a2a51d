import { geoAzimuthalEqualAreaRaw, geoEqualEarthRaw, geoOrthographicRaw, geoStereographicRaw } from "d3-geo";
import { geoMollweideRaw, geoRobinsonRaw } from "d3-geo-projection";
import { azimuthal, type Middle } from "./azimuthal.ts";
import { lambertConformal } from "./conic.ts";
import { mercator, plateCarree, rowwise } from "./cylindrical.ts";
import type { MapProjection } from "./map-projection.ts";

export const PROJECTIONS = [
  "PlateCarree",
  "Mercator",
  "Robinson",
  "Mollweide",
  "EqualEarth",
  "Orthographic",
  "NorthPolarStereo",
  "SouthPolarStereo",
  "LambertConformal",
  "LambertAzimuthalEqualArea",
  "native",
] as const;
export type ProjectionName = (typeof PROJECTIONS)[number];

const OTHER_NAMES: Readonly<Record<string, ProjectionName>> = {
  equirectangular: "PlateCarree",
  lonlat: "PlateCarree",
  lambert: "LambertConformal",
  lcc: "LambertConformal",
  laea: "LambertAzimuthalEqualArea",
  robin: "Robinson",
  moll: "Mollweide",
  ortho: "Orthographic",
  globe: "Orthographic",
  polarstereo: "NorthPolarStereo",
  polarstereographic: "NorthPolarStereo",
  stereographic: "NorthPolarStereo",
  northpolarstereographic: "NorthPolarStereo",
  southpolarstereographic: "SouthPolarStereo",
  nps: "NorthPolarStereo",
  sps: "SouthPolarStereo",
};

/** Cartopy's names, in any case; undefined for what is none. */
export function parseProjection(text: string): ProjectionName | undefined {
  const plain = text.toLowerCase().replace(/[^a-z]/g, "");
  const name = PROJECTIONS.find((known) => known.toLowerCase() === plain);
  return name ?? (Object.hasOwn(OTHER_NAMES, plain) ? OTHER_NAMES[plain] : undefined);
}

/** Half of a circle of latitude from here to the pole is on a polar map without a box. */
const POLAR_REACH = 45;

/**
 * @param middle where the map is centred; azimuthal maps of the poles take the longitude alone, which points down
 *   (north) or up (south)
 * @param latitudes south and north of what is drawn, for maps that are fitted to it
 */
export function createProjection(
  name: Exclude<ProjectionName, "native">,
  middle: Middle,
  latitudes: readonly [south: number, north: number],
): MapProjection {
  const { longitude } = middle;
  switch (name) {
    case "PlateCarree":
      return plateCarree(longitude);
    case "Mercator":
      return mercator(longitude);
    case "Robinson":
      return rowwise({ name, raw: geoRobinsonRaw }, longitude);
    case "Mollweide":
      return rowwise({ name, raw: geoMollweideRaw }, longitude);
    case "EqualEarth":
      return rowwise({ name, raw: geoEqualEarthRaw }, longitude);
    case "Orthographic":
      return azimuthal({ name, raw: geoOrthographicRaw, reach: 90, isRound: true }, middle);
    case "NorthPolarStereo":
      return polar(name, longitude, 90, reachOf(90 - latitudes[0]));
    case "SouthPolarStereo":
      return polar(name, longitude, -90, reachOf(latitudes[1] + 90));
    case "LambertAzimuthalEqualArea":
      return azimuthal({ name, raw: geoAzimuthalEqualAreaRaw, reach: 179, isRound: false }, middle);
    case "LambertConformal":
      return lambertConformal(middle, parallelsOf(middle, latitudes));
    default:
      return name satisfies never;
  }
}

function polar(name: string, longitude: number, latitude: number, reach: number): MapProjection {
  return azimuthal({ name, raw: geoStereographicRaw, reach, isRound: true }, { longitude, latitude });
}

function reachOf(reach: number): number {
  return reach > 0 && reach <= 89 ? reach : POLAR_REACH;
}

/** A sixth of the way in from both ends, and on one side of the equator: else the cone is a cylinder. */
function parallelsOf(
  { latitude }: Middle,
  [south, north]: readonly [number, number],
): readonly [number, number] {
  const sixth = (north - south) / 6;
  const pair: [number, number] = [south + sixth, north - sixth];
  if (pair[0] * pair[1] > 0 && Math.abs(pair[0] + pair[1]) > 2) return pair;
  return latitude >= 0 ? [33, 45] : [-33, -45]; // cartopy's
}
