import type { BoundingBox } from "@zarr-gateway/dataset";
import { invalid } from "./invalid.ts";

type Point = readonly [x: number, y: number];

/** A geometry of a search, taken apart. */
export interface Area {
  readonly points: readonly Point[];
  readonly lines: readonly (readonly Point[])[];
  /** Rings of a polygon, the outer one first. */
  readonly polygons: readonly (readonly (readonly Point[])[])[];
  /** The smallest box around it, as if there were no antimeridian. */
  readonly bounds: BoundingBox;
  /** The edges of all rings of each polygon, one after the other, each as x, y, x, y. */
  readonly edges: readonly Float64Array[];
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
  return measured(area);
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
  return measured({ points: [], lines: [], polygons });
}

export function rectangles([west, south, east, north]: BoundingBox): readonly BoundingBox[] {
  if (west <= east) return [[west, south, east, north]];
  return [
    [west, south, 180, north],
    [-180, south, east, north],
  ];
}

function measured(area: Omit<Area, "bounds" | "edges">): Area {
  const { points, lines, polygons } = area;
  const bounds: [number, number, number, number] = [360, 90, -360, -90];
  for (const [x, y] of [...points, ...lines.flat(), ...polygons.flat(2)]) {
    bounds[0] = Math.min(bounds[0], x);
    bounds[1] = Math.min(bounds[1], y);
    bounds[2] = Math.max(bounds[2], x);
    bounds[3] = Math.max(bounds[3], y);
  }
  const edges = polygons.map((rings) => Float64Array.from(rings.flatMap(edgesOf)));
  return { ...area, bounds, edges };
}

function edgesOf(ring: readonly Point[]): number[] {
  return ring.slice(1).flatMap((to, at) => [...(ring[at] as Point), ...to]); // the one before
}

/** Whether a box and an area share a point; edges count. */
export function intersects(box: BoundingBox, area: Area): boolean {
  return rectangles(box).some(
    (rectangle) =>
      hasAll(rectangle, area.bounds) ||
      area.points.some((point) => isInBox(point, rectangle)) ||
      area.lines.some((line) => lineMeetsBox(line, rectangle)) ||
      area.edges.some(
        (edges) => edgesMeetBox(edges, rectangle) || isInPolygon(rectangle[0], rectangle[1], edges),
      ),
  );
}

function hasAll([west, south, east, north]: BoundingBox, [w, s, e, n]: BoundingBox): boolean {
  return west <= w && south <= s && east >= e && north >= n;
}

/** Half the width of what counts as an edge, in degrees. */
const MARGIN = 1e-9;

/** Whether all of a box lies in one polygon of an area; on its edge counts. */
export function isWithin(box: BoundingBox, area: Area): boolean {
  return rectangles(box).every(
    (rectangle) => hasAll(area.bounds, rectangle) && area.edges.some((edges) => isInside(rectangle, edges)),
  );
}

function isInside([west, south, east, north]: BoundingBox, edges: Float64Array): boolean {
  if (east - west <= 2 * MARGIN || north - south <= 2 * MARGIN) {
    return (
      (isInPolygon(west, south, edges) || isOnEdge(west, south, edges)) &&
      (isInPolygon(east, north, edges) || isOnEdge(east, north, edges))
    );
  }
  // where no edge runs through its open inside, all of it is where its middle is
  const inner: BoundingBox = [west + MARGIN, south + MARGIN, east - MARGIN, north - MARGIN];
  return !edgesMeetBox(edges, inner) && isInPolygon((west + east) / 2, (south + north) / 2, edges);
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
  for (let at = 1; at < line.length; at += 1)
    if (isCrossed(line[at - 1] as Point, line[at] as Point, box)) return true; // inside
  return false;
}

/** Most edges lie wholly beside the box, which four comparisons tell. */
function edgesMeetBox(edges: Float64Array, box: BoundingBox): boolean {
  const west = box[0];
  const south = box[1];
  const east = box[2];
  const north = box[3];
  for (let at = 0; at < edges.length; at += 4) {
    const x = edges[at] as number; // four of each edge
    const toX = edges[at + 2] as number; // the same
    if ((x < west && toX < west) || (x > east && toX > east)) continue;
    const y = edges[at + 1] as number; // the same
    const toY = edges[at + 3] as number; // the same
    if ((y < south && toY < south) || (y > north && toY > north)) continue;
    if (isCrossed([x, y], [toX, toY], box)) return true;
  }
  return false;
}

/** Whether a segment has a part inside a box (Liang and Barsky). Without lists: it is asked millions of times. */
function isCrossed([x, y]: Point, [toX, toY]: Point, [west, south, east, north]: BoundingBox): boolean {
  if ((x < west && toX < west) || (x > east && toX > east)) return false;
  if ((y < south && toY < south) || (y > north && toY > north)) return false;
  let from = 0;
  let to = 1;
  if (x !== toX) {
    const [a, b] = [(west - x) / (toX - x), (east - x) / (toX - x)];
    from = Math.min(a, b);
    to = Math.max(a, b);
  }
  if (y !== toY) {
    const [a, b] = [(south - y) / (toY - y), (north - y) / (toY - y)];
    from = Math.max(from, Math.min(a, b));
    to = Math.min(to, Math.max(a, b));
  }
  return Math.max(from, 0) <= Math.min(to, 1);
}

/** By the even-odd rule, so that holes count out. */
function isInPolygon(x: number, y: number, edges: Float64Array): boolean {
  let isOdd = false;
  for (let at = 0; at < edges.length; at += 4) {
    const y1 = edges[at + 1] as number; // four of each edge
    const y2 = edges[at + 3] as number; // the same
    if (y1 > y === y2 > y) continue;
    const x1 = edges[at] as number; // the same
    const x2 = edges[at + 2] as number; // the same
    if (x < ((x2 - x1) * (y - y1)) / (y2 - y1) + x1) isOdd = !isOdd;
  }
  return isOdd;
}

function isOnEdge(x: number, y: number, edges: Float64Array): boolean {
  return edgesMeetBox(edges, [x - MARGIN, y - MARGIN, x + MARGIN, y + MARGIN]);
}
