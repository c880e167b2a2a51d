import type { BoundingBox } from "./spatial-extent.ts";

export type Position = readonly [longitude: number, latitude: number];
export type Geometry =
  | { readonly type: "Point"; readonly coordinates: Position }
  | { readonly type: "LineString"; readonly coordinates: readonly Position[] }
  | { readonly type: "Polygon"; readonly coordinates: readonly (readonly Position[])[] }
  | { readonly type: "MultiPolygon"; readonly coordinates: readonly (readonly (readonly Position[])[])[] };

/** The area of a box; two polygons where it crosses the antimeridian (RFC 7946 §3.1.9). */
export function geometryOf([west, south, east, north]: BoundingBox): Geometry {
  if (west > east) {
    const coordinates = [[ringOf(west, south, 180, north)], [ringOf(-180, south, east, north)]];
    return { type: "MultiPolygon", coordinates };
  }
  if (west === east && south === north) return { type: "Point", coordinates: [west, south] };
  if (west === east || south === north) {
    return {
      type: "LineString",
      coordinates: [
        [west, south],
        [east, north],
      ],
    };
  }
  return { type: "Polygon", coordinates: [ringOf(west, south, east, north)] };
}

/** Counterclockwise, as RFC 7946 §3.1.6 wants outer rings. */
function ringOf(west: number, south: number, east: number, north: number): Position[] {
  return [
    [west, south],
    [east, south],
    [east, north],
    [west, north],
    [west, south],
  ];
}
