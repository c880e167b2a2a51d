import { createRequire } from "node:module";
import { mesh } from "topojson-client";

type Topology = Parameters<typeof mesh>[0];
type Geometries = NonNullable<Parameters<typeof mesh>[1]>;

/** Pairs of longitude and latitude. */
export type GeoLine = Float64Array;

export interface LandLines {
  readonly coasts: readonly GeoLine[];
  readonly borders: readonly GeoLine[];
}

export type Detail = "110m" | "50m" | "10m";

const known = new Map<Detail, LandLines>();

/** Natural Earth's coasts and borders; read once a thread. */
export function landLines(detail: Detail): LandLines {
  const lines = known.get(detail) ?? readLines(detail);
  known.set(detail, lines);
  return lines;
}

/** As much detail as pixels can show. */
export function detailFor(pixelsPerDegree: number): Detail {
  if (pixelsPerDegree < 1.6) return "110m";
  return pixelsPerDegree < 24 ? "50m" : "10m";
}

function readLines(detail: Detail): LandLines {
  const topology = createRequire(import.meta.url)(`world-atlas/countries-${detail}.json`) as Topology; // world-atlas is TopoJSON
  const countries = topology.objects["countries"] as Geometries; // its one collection of polygons
  const flat = (keep: (a: unknown, b: unknown) => boolean): GeoLine[] =>
    mesh(topology, countries, keep).coordinates.map((line) => Float64Array.from(line.flat()));
  return { coasts: flat((a, b) => a === b).flatMap(withoutSeam), borders: flat((a, b) => a !== b) };
}

/** Without the straight ends that polygons have at the antimeridian and at the south pole, where there is no coast. */
function withoutSeam(line: GeoLine): GeoLine[] {
  const parts: number[][] = [[]];
  for (let at = 0; at < line.length; at += 2) {
    const [longitude = 0, latitude = 0] = [line[at], line[at + 1]];
    if (Math.abs(longitude) > 179.99 || latitude < -89.9) parts.push([]);
    else parts.at(-1)?.push(longitude, latitude);
  }
  return parts.filter((part) => part.length >= 4).map((part) => Float64Array.from(part));
}
