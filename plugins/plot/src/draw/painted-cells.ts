import type { Corners } from "../field/geometry.ts";
import { type Point, turned } from "../projection/map-projection.ts";
import { isPlace } from "./cell-corners.ts";
import { fillPolygon, type Polygon } from "./fill-polygon.ts";
import { type MapView, toPixels } from "./map-view.ts";

/** Cells have at most so many corners; the rest of longer lists is not looked at. */
const MAX_CORNERS = 24;
/** Cells that seem larger are two corners taken for neighbours by mistake: folds of grids. Degrees. */
const LARGEST_CELL = 60;
/** Of grids that have none below it. */
const LARGEST_COARSE_CELL = 180;

/** Sides of cells larger than so many pixels are bent in so many parts. */
const LARGE_PIXELS = 10;
const PARTS = 6;

/** For each pixel the cell that lies under its middle, −1 for none: every cell is filled with its number. */
export function paintedCells({ longitude, latitude, count }: Corners, view: MapView): Int32Array {
  const cells = new Int32Array(view.width * view.height).fill(-1);
  const used = Math.min(count, MAX_CORNERS);
  const room = 2 * used + 8;
  const shape: Polygon = { x: new Float64Array(room), y: new Float64Array(room), count: 0 };
  const outline: Polygon = { x: new Float64Array(PARTS * room), y: new Float64Array(PARTS * room), count: 0 };
  const paint = painter(view, cells, outline);
  for (const largest of [LARGEST_CELL, LARGEST_COARSE_CELL]) {
    let painted = 0;
    for (let cell = 0; cell * count < longitude.length; cell += 1) {
      if (!(collect({ longitude, latitude, count }, cell, used, shape) < largest)) continue;
      paint(shape, cell);
      painted += 1;
    }
    if (painted > 0) break;
  }
  return cells;
}

/**
 * Corners of one cell with longitudes that do not jump; gives its width, NaN for cells without a place, or without an area. A pole is a
 * place of every longitude: there the outline goes along the edge of the map, from the corner before to the one after.
 */
function collect({ longitude, latitude, count }: Corners, cell: number, used: number, to: Polygon): number {
  const start = cell * count;
  const phi = (corner: number): number => latitude[start + (corner % used)] ?? Number.NaN;
  const lambda = (corner: number): number => longitude[start + (corner % used)] ?? Number.NaN;
  to.count = 0;
  let first = 0;
  for (let corner = 0; corner < used; corner += 1)
    if (!isPlace(lambda(corner), phi(corner))) return Number.NaN;
  while (first < used && isPole(phi(first))) first += 1;
  if (first === used) return Number.NaN;
  let turns = lambda(first);
  let widest = 0;
  for (let corner = first; corner < first + used; corner += 1) {
    if (isPole(phi(corner))) {
      put(to, turns, Math.sign(phi(corner)) * 90);
      if (!isPole(phi(corner + 1)))
        put(to, turns + turned(lambda(corner + 1) - turns), Math.sign(phi(corner)) * 90);
      continue;
    }
    turns += turned(lambda(corner) - turns);
    put(to, turns, phi(corner));
    widest = Math.max(widest, Math.abs(turns - lambda(first)) * Math.cos((phi(corner) * Math.PI) / 180));
  }
  return to.count >= 3 ? widest : Number.NaN;
}

function isPole(latitude: number): boolean {
  return Math.abs(latitude) > 89.9999;
}

function put(polygon: Polygon, x: number, y: number): void {
  polygon.x[polygon.count] = x;
  polygon.y[polygon.count] = y;
  polygon.count += 1;
}

function painter(view: MapView, cells: Int32Array, outline: Polygon): (shape: Polygon, cell: number) => void {
  const { projection, width, height } = view;
  const cut = projection.cutMeridian;
  const scale = toPixels(view);
  const point: Point = [0, 0];
  const project = (shape: Polygon, parts: number, onMap: (longitude: number) => number): boolean => {
    outline.count = 0;
    for (let corner = 0; corner < shape.count; corner += 1) {
      const next = (corner + 1) % shape.count;
      for (let part = 0; part < parts; part += 1) {
        const share = part / parts;
        const longitude = (1 - share) * (shape.x[corner] ?? 0) + share * (shape.x[next] ?? 0);
        const latitude = (1 - share) * (shape.y[corner] ?? 0) + share * (shape.y[next] ?? 0);
        if (!projection.forward(onMap(longitude), latitude, point)) return false;
        scale(point);
        put(outline, point[0], point[1]);
      }
    }
    return true;
  };
  const fill = (shape: Polygon, cell: number, onMap: (longitude: number) => number): void => {
    if (!project(shape, 1, onMap)) return;
    // sides of large cells bend; around poles of round maps longitudes do not tell how
    const isLarge =
      cut !== undefined && projection.isSeparable === undefined && widthOf(outline) > LARGE_PIXELS;
    if (isLarge && !project(shape, PARTS, onMap)) return;
    fillPolygon(outline, { cells, width, height }, cell);
  };
  return (shape, cell) => {
    if (cut === undefined) return fill(shape, cell, (longitude) => longitude);
    if (surroundsPole(shape)) closeAroundPole(shape);
    // a cell across the cut is painted at both ends of the map, each time with what lies beyond pressed to the edge
    const middle = cut + 180;
    const offset = 360 * Math.round((middle - (shape.x[0] ?? 0)) / 360);
    const [low, high] = rangeOf(shape);
    // one that only touches it would be taken for one at the other end
    const crosses = low + offset <= middle - 179.999 || high + offset >= middle + 179.999;
    if (!crosses) return fill(shape, cell, (longitude) => longitude + offset);
    for (const turn of [offset - 360, offset, offset + 360]) {
      if (high + turn <= middle - 180 || low + turn >= middle + 180) continue;
      fill(shape, cell, (longitude) =>
        Math.max(middle - 179.999999, Math.min(middle + 179.999999, longitude + turn)),
      );
    }
  };
}

function widthOf(polygon: Polygon): number {
  const [low, high] = rangeOf(polygon);
  return high - low;
}

function rangeOf({ x, count }: Polygon): readonly [number, number] {
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let corner = 0; corner < count; corner += 1) {
    low = Math.min(low, x[corner] ?? low);
    high = Math.max(high, x[corner] ?? high);
  }
  return [low, high];
}

/** The way around the corners is a way around the globe. */
function surroundsPole({ x, count }: Polygon): boolean {
  const last = x[count - 1] ?? 0;
  return Math.abs(last + turned((x[0] ?? 0) - last) - (x[0] ?? 0)) > 180;
}

/** On a map with straight parallels such a cell reaches to the pole along all longitudes. */
function closeAroundPole(shape: Polygon): void {
  const { x, y, count } = shape;
  const [first = 0, last = 0] = [x[0], x[count - 1]];
  const pole = (y[0] ?? 0) > 0 ? 90 : -90;
  const end = last + turned(first - last);
  const corners: Point[] = [
    [end, y[0] ?? 0],
    [end, pole],
    [first, pole],
  ];
  for (const [at, [longitude, latitude]] of corners.entries()) {
    x[count + at] = longitude;
    y[count + at] = latitude;
  }
  shape.count = count + corners.length;
}
