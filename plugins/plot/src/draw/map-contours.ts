import type { SKRSContext2D } from "@napi-rs/canvas";
import type { ColourScale } from "../colour/colour-scale.ts";
import { niceLevels } from "../colour/nice-ticks.ts";
import { gridProjection } from "../projection/grid-projection.ts";
import { type Point, turned } from "../projection/map-projection.ts";
import type { PictureRequest } from "../request/picture-request.ts";
import { isPlace } from "./cell-corners.ts";
import { contourLine } from "./contour-lines.ts";
import { INK } from "./ink.ts";
import { type MapView, toPixels } from "./map-view.ts";
import type { OnGround } from "./on-ground.ts";
import type { Numbers } from "./picture-job.ts";
import { rasterContours } from "./raster-contours.ts";

interface Lines {
  readonly request: PictureRequest;
  readonly view: MapView;
  readonly geometry: OnGround;
  readonly values: Numbers;
  readonly scale: ColourScale;
  readonly unit: number;
  /** Positions of the values under the pixels. */
  readonly cells: Int32Array;
}

/** Lines of equal value, where they are asked; none of stations. */
export function drawContours(context: SKRSContext2D, lines: Lines): void {
  const { geometry, view, values, scale, unit, request, cells } = lines;
  const { contours: wish } = request;
  if (wish === undefined) return;
  const levels = typeof wish === "number" ? niceLevels(scale.vmin, scale.vmax, wish) : wish;
  context.lineJoin = "round";
  context.beginPath();
  if (geometry.kind !== "cells") traceContours(context, { ...lines, geometry }, levels);
  else if (!geometry.isPoints)
    rasterContours({ cells, values, width: view.width, height: view.height }, levels, (x0, y0, x1, y1) => {
      context.moveTo(x0, y0);
      context.lineTo(x1, y1);
    });
  context.strokeStyle = INK.contour;
  context.lineWidth = 0.8 * unit;
  context.stroke();
}

type Gridded = Exclude<OnGround, { kind: "cells" }>;

/** Through the middles of the cells of a grid, put on the map piece by piece. */
function traceContours(
  context: SKRSContext2D,
  { geometry, view, values }: Lines & { readonly geometry: Gridded },
  levels: readonly number[],
): void {
  const columns = geometry.kind === "axes" ? geometry.x.length : geometry.columns;
  const place = placeFinder(geometry);
  const [from, to]: [Point, Point] = [
    [0, 0],
    [0, 0],
  ];
  const toPixel = toPixels(view);
  const { projection } = view;
  const cut = projection.cutMeridian;
  const rings =
    geometry.kind === "axes" && geometry.plane.kind === "geographic"
      ? ringClosed(values, geometry.x, columns)
      : { values, columns };
  const field = { ...rings, rows: values.length / columns };
  const put = (x0: number, y0: number, x1: number, y1: number): void => {
    if (!place(x0, y0, from) || !place(x1, y1, to)) return;
    if (
      cut !== undefined &&
      turned(from[0] - cut) * turned(to[0] - cut) < 0 &&
      Math.abs(turned(from[0] - cut)) < 90
    )
      return;
    if (!projection.forward(from[0], from[1], from) || !projection.forward(to[0], to[1], to)) return;
    toPixel(from);
    toPixel(to);
    if (Math.abs(from[0] - to[0]) > view.width / 2) return;
    context.moveTo(from[0], from[1]);
    context.lineTo(to[0], to[1]);
  };
  for (const level of levels) contourLine(field, level, put);
}

/** The first column again after the last, where they are neighbours on the globe: else the lines would have a gap there. */
function ringClosed(
  values: Numbers,
  longitudes: Float64Array,
  columns: number,
): { readonly values: Numbers; readonly columns: number } {
  const step = columns > 1 ? Math.abs((longitudes[1] ?? 0) - (longitudes[0] ?? 0)) : 360;
  const gap = Math.abs(turned((longitudes[0] ?? 0) - (longitudes[columns - 1] ?? 0)));
  if (gap > 1.5 * step || step * columns < 300) return { values, columns };
  const rows = values.length / columns;
  const closed = new Float64Array(rows * (columns + 1));
  for (let row = 0; row < rows; row += 1) {
    closed.set(values.subarray(row * columns, (row + 1) * columns), row * (columns + 1));
    closed[row * (columns + 1) + columns] = values[row * columns] ?? Number.NaN;
  }
  return { values: closed, columns: columns + 1 };
}

/** From a column and a row with fractions to degrees; false where there is no place. */
function placeFinder(geometry: Gridded): (x: number, y: number, to: Point) => boolean {
  if (geometry.kind === "axes") {
    const grid = gridProjection(geometry.plane);
    const isGlobe = geometry.plane.kind === "geographic";
    return (x, y, to) => grid.inverse(along(geometry.x, x, isGlobe), along(geometry.y, y, false), to);
  }
  const { columns, longitude, latitude } = geometry;
  return (x, y, to) => {
    // one of both is whole: lines cross the sides of squares
    const [first, second] = [Math.floor(y) * columns + Math.floor(x), Math.ceil(y) * columns + Math.ceil(x)];
    const [lambda = Number.NaN, phi = Number.NaN] = [longitude[first], latitude[first]];
    const [otherLambda = Number.NaN, otherPhi = Number.NaN] = [longitude[second], latitude[second]];
    if (!isPlace(lambda, phi) || !isPlace(otherLambda, otherPhi)) return false;
    const part = x - Math.floor(x) + y - Math.floor(y);
    to[0] = lambda + part * turned(otherLambda - lambda);
    to[1] = phi + part * (otherPhi - phi);
    return true;
  };
}

function along(values: Float64Array, at: number, isRing: boolean): number {
  const first = values[Math.floor(at)] ?? values[0] ?? 0;
  const second = values[Math.ceil(at)] ?? values[0] ?? 0;
  return first + (at - Math.floor(at)) * (isRing ? turned(second - first) : second - first);
}
