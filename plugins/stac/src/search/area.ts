import type { BoundingBox } from "@zarr-gateway/dataset";
import { invalid } from "./invalid.ts";

type Point = readonly [x: number, y: number];

/** A geometry of a search, taken apart. */
export interface Area {
  readonly points: readonly Point[];
  readonly lines: readonly (readonly Point[])[];
  /** Rings of a polygon, the outer one first. */
  readonly polygons: readonly (readonly (readonly Point[])[])[];
}

/** More corners than any question about boxes needs. */
const MAX_POSITIONS = 100_000;
const MAX_DEPTH = 4;

/** @throws GatewayError invalid_request for what is no GeoJSON geometry (RFC 7946 §3.1) */
export function parseGeometry(field: string, value: unknown): Area {
  const area = { points: [] as Point[], lines: [] as Point[][], polygons: [] as Point[][][] };
  let positions = 0;
  const fail = (): never => {
    throw invalid(field, "a GeoJSON geometry with longitudes and latitudes in degrees", value);
  };
  const list = (input: unknown): readonly unknown[] => (Array.isArray(input) ? input : fail());
  const point = (input: unknown): Point => {
    const [x, y] = list(input);
    positions += 1;
    if (positions > MAX_POSITIONS) throw invalid(field, `${MAX_POSITIONS} positions at most`);
    if (typeof x !== "number" || typeof y !== "number" || !(Math.abs(x) <= 360) || !(Math.abs(y) <= 90))
      return fail();
    return [x, y];
  };
  const line = (input: unknown): Point[] => {
    const points = list(input).map(point);
    return points.length >= 2 ? points : fail();
  };
  const ring = (input: unknown): Point[] => {
    const points = list(input).map(point);
    return points.length >= 4 ? points : fail();
  };
  const polygon = (input: unknown): Point[][] => {
    const rings = list(input).map(ring);
    return rings.length >= 1 ? rings : fail();
  };
  const add = (input: unknown, depth: number): void => {
    if (typeof input !== "object" || input === null || depth > MAX_DEPTH) fail();
    const { type, coordinates, geometries } = input as Record<string, unknown>; // an object, looked at member by member
    if (type === "Point") area.points.push(point(coordinates));
    else if (type === "MultiPoint") area.points.push(...list(coordinates).map(point));
    else if (type === "LineString") area.lines.push(line(coordinates));
    else if (type === "MultiLineString") area.lines.push(...list(coordinates).map(line));
    else if (type === "Polygon") area.polygons.push(polygon(coordinates));
    else if (type === "MultiPolygon") area.polygons.push(...list(coordinates).map(polygon));
    else if (type === "GeometryCollection") for (const part of list(geometries)) add(part, depth + 1);
    else fail();
  };
  add(value, 0);
  return area;
}

/** The area of a box, two rectangles where it crosses the antimeridian. */
export function areaOfBox(box: BoundingBox): Area {
  const polygons = rectangles(box).map(([west, south, east, north]) => [
    [
      [west, south],
      [east, south],
      [east, north],
      [west, north],
      [west, south],
    ] as Point[],
  ]);
  return { points: [], lines: [], polygons };
}

export function rectangles([west, south, east, north]: BoundingBox): readonly BoundingBox[] {
  if (west <= east) return [[west, south, east, north]];
  return [
    [west, south, 180, north],
    [-180, south, east, north],
  ];
}

/** The smallest box around an area that does not know of the antimeridian. */
export function boundsOf({ points, lines, polygons }: Area): BoundingBox {
  const bounds: [number, number, number, number] = [360, 90, -360, -90];
  for (const [x, y] of [...points, ...lines.flat(), ...polygons.flat(2)]) {
    bounds[0] = Math.min(bounds[0], x);
    bounds[1] = Math.min(bounds[1], y);
    bounds[2] = Math.max(bounds[2], x);
    bounds[3] = Math.max(bounds[3], y);
  }
  return bounds;
}

/** Whether a box can share a point with what lies in bounds: cheap, so asked first. */
export function mayMeet([west, south, east, north]: BoundingBox, [w, s, e, n]: BoundingBox): boolean {
  if (south > n || north < s) return false;
  return west <= east ? west <= e && east >= w : west <= e || east >= w;
}

/** Whether a box and an area share a point; edges count. */
export function intersects(box: BoundingBox, area: Area): boolean {
  return rectangles(box).some(
    (rectangle) =>
      area.points.some((point) => isInBox(point, rectangle)) ||
      area.lines.some((line) => lineMeetsBox(line, rectangle)) ||
      area.polygons.some(
        (rings) =>
          rings.some((ring) => lineMeetsBox(ring, rectangle)) ||
          isInPolygon([rectangle[0], rectangle[1]], rings),
      ),
  );
}

/** Whether all of a box lies in one polygon of an area; on its edge counts. */
export function isWithin(box: BoundingBox, area: Area): boolean {
  return rectangles(box).every((rectangle) =>
    area.polygons.some((rings) => {
      const [west, south, east, north] = rectangle;
      const corners: Point[] = [
        [west, south],
        [east, south],
        [east, north],
        [west, north],
      ];
      return (
        corners.every(
          (corner) => isInPolygon(corner, rings) || rings.some((ring) => isOnLine(corner, ring)),
        ) && !rings.some((ring) => lineCrossesInside(ring, rectangle))
      );
    }),
  );
}

/** Whether all of an area lies in a box. */
export function isContaining(box: BoundingBox, area: Area): boolean {
  const parts = rectangles(box);
  const all = [
    ...area.points.map((point) => [point]),
    ...area.lines,
    ...area.polygons.map(([ring]) => ring ?? []),
  ];
  return all.every((points) => parts.some((part) => points.every((point) => isInBox(point, part))));
}

function isInBox([x, y]: Point, [west, south, east, north]: BoundingBox): boolean {
  return x >= west && x <= east && y >= south && y <= north;
}

function lineMeetsBox(line: readonly Point[], box: BoundingBox): boolean {
  return line.some((point, at) => {
    const next = line[at + 1];
    return isInBox(point, box) || (next !== undefined && clipped(point, next, box) !== undefined);
  });
}

/** True where an edge runs through the open inside of a box, so that the box reaches beyond the ring. */
function lineCrossesInside(line: readonly Point[], [west, south, east, north]: BoundingBox): boolean {
  const margin = 1e-9;
  if (east - west <= 2 * margin || north - south <= 2 * margin) return false;
  const inner: BoundingBox = [west + margin, south + margin, east - margin, north - margin];
  return line.some((point, at) => {
    const next = line[at + 1];
    return next !== undefined && clipped(point, next, inner) !== undefined;
  });
}

/** The part of a segment inside a box (Liang and Barsky), undefined where there is none. */
function clipped(
  [x, y]: Point,
  [toX, toY]: Point,
  [west, south, east, north]: BoundingBox,
): readonly [number, number] | undefined {
  let from = 0;
  let to = 1;
  const borders = [
    [x - toX, x - west],
    [toX - x, east - x],
    [y - toY, y - south],
    [toY - y, north - y],
  ] as const;
  for (const [slope, distance] of borders) {
    if (slope === 0) {
      if (distance < 0) return undefined;
      continue;
    }
    const at = distance / slope;
    if (slope < 0) from = Math.max(from, at);
    else to = Math.min(to, at);
    if (from > to) return undefined;
  }
  return [from, to];
}

/** By the even-odd rule, so that holes count out. */
function isInPolygon([x, y]: Point, rings: readonly (readonly Point[])[]): boolean {
  let isInside = false;
  for (const ring of rings) {
    for (let at = 0; at + 1 < ring.length; at += 1) {
      const [x1, y1] = ring[at] as Point; // inside the ring
      const [x2, y2] = ring[at + 1] as Point; // inside the ring
      if (y1 > y !== y2 > y && x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) isInside = !isInside;
    }
  }
  return isInside;
}

function isOnLine(point: Point, line: readonly Point[]): boolean {
  const [x, y] = point;
  return line.some((start, at) => {
    const end = line[at + 1];
    return end !== undefined && clipped(start, end, [x - 1e-9, y - 1e-9, x + 1e-9, y + 1e-9]) !== undefined;
  });
}
