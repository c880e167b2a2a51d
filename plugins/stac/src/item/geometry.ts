import type { BoundingBox } from "@zarr-gateway/dataset";

export type Position = readonly [longitude: number, latitude: number];
export type Geometry =
  | { readonly type: "Point"; readonly coordinates: Position }
  | { readonly type: "LineString"; readonly coordinates: readonly Position[] }
  | { readonly type: "Polygon"; readonly coordinates: readonly (readonly Position[])[] }
  | { readonly type: "MultiPolygon"; readonly coordinates: readonly (readonly (readonly Position[])[])[] };

/** Micro-degrees: what float32 coordinates add beyond is noise. */
const DIGITS = 1e6;

export function roundedBox(box: BoundingBox): BoundingBox {
  const [west, south, east, north] = box.map((value) => Math.round(value * DIGITS) / DIGITS);
  return [west ?? 0, south ?? 0, east ?? 0, north ?? 0];
}

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

/** The smallest box around boxes, whole circles of latitude where one of them crosses the antimeridian. */
export function unionOfBoxes(boxes: Iterable<BoundingBox>): BoundingBox | undefined {
  let union: [number, number, number, number] | undefined;
  for (const [west, south, east, north] of boxes) {
    const [left, right] = west > east ? [-180, 180] : [west, east];
    union =
      union === undefined
        ? [left, south, right, north]
        : [
            Math.min(union[0], left),
            Math.min(union[1], south),
            Math.max(union[2], right),
            Math.max(union[3], north),
          ];
  }
  return union;
}
