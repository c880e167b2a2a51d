import type { Corners } from "../field/geometry.ts";
import { type Point, turned } from "../projection/map-projection.ts";
import { isPlace } from "./cell-corners.ts";
import { fillPolygon, type Polygon } from "./fill-polygon.ts";
import { type MapView, toPixels } from "./map-view.ts";

/** Cells have at most so many corners; the rest of longer lists is not looked at. */
const MAX_CORNERS = 24;
/** Cells that seem larger are two corners taken for neighbours by mistake: folds of grids. Degrees. */
const LARGEST_CELL = 60;

/** For each pixel the cell that lies under its middle, −1 for none: every cell is filled with its number. */
export function paintedCells({ longitude, latitude, count }: Corners, view: MapView): Int32Array {
  const cells = new Int32Array(view.width * view.height).fill(-1);
  const used = Math.min(count, MAX_CORNERS);
  const shape: Polygon = { x: new Float64Array(used + 8), y: new Float64Array(used + 8), count: 0 };
  const outline: Polygon = { x: new Float64Array(used + 8), y: new Float64Array(used + 8), count: 0 };
  const paint = painter(view, cells, outline);
  for (let cell = 0; cell * count < longitude.length; cell += 1) {
    if (!collect({ longitude, latitude, count }, cell, used, shape)) continue;
    paint(shape, cell);
  }
  return cells;
}

/** Corners of one cell with longitudes that do not jump; false for cells without a place, or without an area. */
function collect({ longitude, latitude, count }: Corners, cell: number, used: number, to: Polygon): boolean {
  const start = cell * count;
  const first = longitude[start] ?? Number.NaN;
  to.count = 0;
  let turns = first;
  let widest = 0;
  for (let corner = 0; corner < used; corner += 1) {
    const [lambda = Number.NaN, phi = Number.NaN] = [longitude[start + corner], latitude[start + corner]];
    if (!isPlace(lambda, phi)) return false;
    // at a pole every longitude is the same place
    const isPole = Math.abs(phi) > 89.9999;
    turns = isPole ? turns : turns + turned(lambda - turns);
    to.x[to.count] = turns;
    to.y[to.count] = phi;
    to.count += 1;
    if (!isPole) widest = Math.max(widest, Math.abs(turns - first) * Math.cos((phi * Math.PI) / 180));
  }
  return to.count >= 3 && widest < LARGEST_CELL;
}

function painter(view: MapView, cells: Int32Array, outline: Polygon): (shape: Polygon, cell: number) => void {
  const { projection, width, height } = view;
  const cut = projection.cutMeridian;
  const scale = toPixels(view);
  const put = (shape: Polygon, cell: number, isInside: (longitude: number) => number): void => {
    const point: Point = [0, 0];
    outline.count = 0;
    for (let corner = 0; corner < shape.count; corner += 1) {
      const place = isInside(shape.x[corner] ?? 0);
      if (!projection.forward(place, shape.y[corner] ?? 0, point)) return;
      scale(point);
      outline.x[outline.count] = point[0];
      outline.y[outline.count] = point[1];
      outline.count += 1;
    }
    fillPolygon(outline, { cells, width, height }, cell);
  };
  return (shape, cell) => {
    if (cut === undefined) return put(shape, cell, (longitude) => longitude);
    if (surroundsPole(shape)) closeAroundPole(shape);
    // a cell across the cut is painted at both ends of the map, each time with what lies beyond pressed to the edge
    const middle = cut + 180;
    const offset = 360 * Math.round((middle - (shape.x[0] ?? 0)) / 360);
    const [low, high] = rangeOf(shape);
    // one that only touches it would be taken for one at the other end
    const crosses = low + offset <= middle - 179.999 || high + offset >= middle + 179.999;
    if (!crosses) return put(shape, cell, (longitude) => longitude + offset);
    for (const turn of [offset - 360, offset, offset + 360]) {
      if (high + turn <= middle - 180 || low + turn >= middle + 180) continue;
      put(shape, cell, (longitude) =>
        Math.max(middle - 179.999999, Math.min(middle + 179.999999, longitude + turn)),
      );
    }
  };
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
