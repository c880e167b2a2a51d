import type { Geometry } from "../field/geometry.ts";
import { gridProjection } from "../projection/grid-projection.ts";
import type { Point } from "../projection/map-projection.ts";
import { type AxisLookup, axisLookup, longitudeLookup } from "./axis-lookup.ts";
import { type MapView, planeX, planeY } from "./map-view.ts";

type Axes = Extract<Geometry, { kind: "axes" }>;

/** For each pixel the position of its value, −1 for none: the place under the pixel's middle is looked up on both axes. */
export function axesCells(axes: Axes, view: MapView): Int32Array {
  const isGeographic = axes.plane.kind === "geographic";
  const x = axes.plane.kind === "proj" ? axisLookup(axes.x) : longitudeLookup(axes.x);
  const y = isGeographic ? axisLookup(axes.y, { low: -90, high: 90 }) : axisLookup(axes.y);
  const columns = axes.x.length;
  if (view.projection.name === "native") return separable({ x, y, columns }, view, (value) => value);
  if (!isGeographic) return turnedBack({ x, y, columns }, view, axes);
  if (view.projection.isSeparable) return separableMap({ x, y, columns }, view);
  return onGlobe({ x, y, columns }, view);
}

interface Lookups {
  readonly x: AxisLookup;
  readonly y: AxisLookup;
  readonly columns: number;
}

/** Pixels of a picture whose axes are those of the data. */
export function separable(
  { x, y, columns }: Lookups,
  view: MapView,
  inverse: (value: number, isX: boolean) => number,
): Int32Array {
  const { width, height } = view;
  const cells = new Int32Array(width * height).fill(-1);
  const columnOf = Int32Array.from({ length: width }, (_, column) =>
    x.find(inverse(planeX(view, column), true)),
  );
  for (let row = 0; row < height; row += 1) {
    const line = y.find(inverse(planeY(view, row), false));
    if (line < 0) continue;
    const start = row * width;
    for (let column = 0; column < width; column += 1) {
      const at = columnOf[column] ?? -1;
      if (at >= 0) cells[start + column] = line * columns + at;
    }
  }
  return cells;
}

function separableMap(lookups: Lookups, view: MapView): Int32Array {
  const point: Point = [0, 0];
  return separable(lookups, view, (value, isX) => {
    const isPlace = isX ? view.projection.inverse(value, 0, point) : view.projection.inverse(0, value, point);
    return isPlace ? point[isX ? 0 : 1] : Number.NaN;
  });
}

function onGlobe({ x, y, columns }: Lookups, view: MapView): Int32Array {
  const { projection } = view;
  return eachPixel(view, (planeXValue, planeYValue, point) => {
    if (!projection.inverse(planeXValue, planeYValue, point)) return -1;
    const line = y.find(point[1]);
    const column = line < 0 ? -1 : x.find(point[0]);
    return column < 0 ? -1 : line * columns + column;
  });
}

/** Through the place to the plane of the grid. */
function turnedBack({ x, y, columns }: Lookups, view: MapView, { plane }: Axes): Int32Array {
  const { projection } = view;
  const grid = gridProjection(plane);
  return eachPixel(view, (planeXValue, planeYValue, point) => {
    if (!projection.inverse(planeXValue, planeYValue, point)) return -1;
    if (!grid.forward(point[0], point[1], point)) return -1;
    const line = y.find(point[1]);
    const column = line < 0 ? -1 : x.find(point[0]);
    return column < 0 ? -1 : line * columns + column;
  });
}

function eachPixel(view: MapView, cellAt: (x: number, y: number, point: Point) => number): Int32Array {
  const { width, height } = view;
  const cells = new Int32Array(width * height);
  const point: Point = [0, 0];
  for (let row = 0; row < height; row += 1) {
    const y = planeY(view, row);
    for (let column = 0; column < width; column += 1) {
      cells[row * width + column] = cellAt(planeX(view, column), y, point);
    }
  }
  return cells;
}
