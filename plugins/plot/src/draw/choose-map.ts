import { boundingBox } from "@zarr-gateway/dataset";
import type { Geometry } from "../field/geometry.ts";
import { gridProjection } from "../projection/grid-projection.ts";
import { type MapProjection, type Point, type Rectangle, turned } from "../projection/map-projection.ts";
import { createProjection, type ProjectionName } from "../projection/projections.ts";
import type { Box, PictureRequest } from "../request/picture-request.ts";
import { type AxisLookup, axisLookup, longitudeLookup } from "./axis-lookup.ts";

export interface ChosenMap {
  readonly projection: MapProjection;
  /** The part of the plane that is shown. */
  readonly window: Rectangle;
}

type OnGround = Exclude<Geometry, { kind: "plane" | "line" }>;
type Wish = Pick<PictureRequest, "projection" | "bbox" | "centralLongitude" | "centralLatitude">;

const GLOBE: Box = [-180, -90, 180, 90];
/** Fields as wide as that are shown on the whole globe. */
const WHOLE_DEGREES = 300;

/** Which map shows a field, and which part of it: the box that is asked, else the field's own. */
export function chooseMap(geometry: OnGround, wish: Wish): ChosenMap {
  if (wish.projection === "native") return nativeMap(geometry, wish);
  const own = wish.bbox ?? extentOf(geometry);
  const box = isGlobal(own) && !wish.bbox ? GLOBE : own;
  if (wish.projection === "PlateCarree" || wish.projection === "Mercator")
    return rectangle(wish.projection, box, wish);
  // coarse and masked grids leave a gap somewhere, which is no reason to turn the globe
  const isAround = isGlobal(box) || (!wish.bbox && widthOf(box) >= WHOLE_DEGREES);
  const middle = {
    longitude: wish.centralLongitude ?? (isAround ? 0 : turned(box[0] + widthOf(box) / 2)),
    latitude: wish.centralLatitude ?? middleLatitude(wish.projection, box),
  };
  const projection = createProjection(wish.projection, middle, [box[1], box[3]]);
  const isPolar = wish.projection.endsWith("PolarStereo");
  const shown = isPolar && widthOf(box) < 180 ? windowOf(projection, box) : undefined;
  if (isPolar) return { projection, window: shown ?? boundsOf(projection) };
  const isWhole = widthOf(box) >= WHOLE_DEGREES || (wish.projection === "Orthographic" && widthOf(box) > 100);
  const fitted = isWhole && !wish.bbox ? undefined : windowOf(projection, box);
  return {
    projection,
    window: fitted ?? (projection.bounds ? projection.bounds : conicWindow(projection, middle)),
  };
}

function boundsOf({ bounds }: MapProjection): Rectangle {
  return bounds ?? { x0: -1, y0: -1, x1: 1, y1: 1 };
}

/** A cone has no end: the part that is shown of whole globes is that around its middle. */
function conicWindow(
  projection: MapProjection,
  { longitude, latitude }: { longitude: number; latitude: number },
): Rectangle {
  const box: Box =
    latitude >= 0 ? [longitude - 70, 15, longitude + 70, 80] : [longitude - 70, -80, longitude + 70, -15];
  return windowOf(projection, box) ?? boundsOf(projection);
}

function middleLatitude(projection: ProjectionName, box: Box): number {
  if (!isGlobal(box)) return (box[1] + box[3]) / 2;
  return projection === "Orthographic" ? 20 : projection === "LambertConformal" ? 45 : 0;
}

function rectangle(name: "PlateCarree" | "Mercator", box: Box, { bbox, centralLongitude }: Wish): ChosenMap {
  const width = widthOf(box);
  const isRing = width >= 360 - 1e-9 && !bbox;
  const west = isRing && centralLongitude !== undefined ? centralLongitude - 180 : box[0];
  const middle = west + width / 2;
  const projection = createProjection(name, { longitude: middle, latitude: 0 }, [box[1], box[3]]);
  const south: Point = [0, 0];
  const north: Point = [0, 0];
  const limit = name === "Mercator" ? 85.0511 : 90;
  projection.forward(middle, Math.max(-limit, box[1]), south);
  projection.forward(middle, Math.min(limit, box[3]), north);
  return { projection, window: { x0: -width / 2, y0: south[1], x1: width / 2, y1: north[1] } };
}

/** The grid as it lies on its own plane. */
function nativeMap(geometry: OnGround, { bbox }: Wish): ChosenMap {
  if (geometry.kind !== "axes")
    return rectangle(
      "PlateCarree",
      bbox ?? extentOf(geometry),
      bbox ? { projection: "native", bbox } : { projection: "native" },
    );
  if (geometry.plane.kind === "geographic") {
    return rectangle("PlateCarree", bbox ?? ownDegrees(geometry), {
      projection: "native",
      bbox: bbox ?? ownDegrees(geometry),
    });
  }
  const [x, y] = [gridLookup(geometry), axisLookup(geometry.y)];
  const projection = gridProjection(geometry.plane, (x.low + x.high) / 2);
  const whole = { x0: x.low, y0: y.low, x1: x.high, y1: y.high };
  return { projection, window: (bbox && windowOf(projection, bbox)) ?? whole };
}

function gridLookup({ x, plane }: Pick<Extract<Geometry, { kind: "axes" }>, "x" | "plane">): AxisLookup {
  return plane.kind === "proj" ? axisLookup(x) : longitudeLookup(x);
}

function ownDegrees({ x, y }: Extract<Geometry, { kind: "axes" }>): Box {
  const [longitudes, latitudes] = [longitudeLookup(x), axisLookup(y, { low: -90, high: 90 })];
  return [longitudes.low, latitudes.low, Math.min(longitudes.high, longitudes.low + 360), latitudes.high];
}

/** Degrees from west to east. */
export function widthOf([west, , east]: Box): number {
  return east > west ? east - west : east - west + 360;
}

function isGlobal(box: Box): boolean {
  return widthOf(box) >= 350;
}

/** West, south, east and north of where a field lies, cells and all. */
export function extentOf(geometry: OnGround): Box {
  if (geometry.kind === "axes" && geometry.plane.kind === "geographic") {
    const box = ownDegrees(geometry);
    return widthOf(box) >= 360 - 1e-6 * 360 ? [-180, box[1], 180, box[3]] : box;
  }
  const places = geometry.kind === "axes" ? planePlaces(geometry) : geometry;
  const box = boundingBox(places.longitude, places.latitude) ?? GLOBE;
  const margin = geometry.kind === "axes" ? 0 : marginOf(box, places.longitude.length);
  if (widthOf(box) >= 350) return [-180, Math.max(-90, box[1] - margin), 180, Math.min(90, box[3] + margin)];
  const west = box[0] - margin;
  return [
    west,
    Math.max(-90, box[1] - margin),
    west + widthOf(box) + 2 * margin,
    Math.min(90, box[3] + margin),
  ];
}

/** About half a cell: coordinates are those of the cells' middles. */
function marginOf(box: Box, count: number): number {
  const area = Math.max(1e-6, widthOf(box) * (box[3] - box[1]));
  return Math.min(5, 0.6 * Math.sqrt(area / Math.max(1, count)));
}

const SAMPLES = 60;

function planePlaces({ x, y, plane }: Extract<Geometry, { kind: "axes" }>): {
  readonly longitude: Float64Array;
  readonly latitude: Float64Array;
} {
  const projection = gridProjection(plane);
  const [across, up] = [gridLookup({ x, plane }), axisLookup(y)];
  const count = SAMPLES * SAMPLES;
  const places = { longitude: new Float64Array(count), latitude: new Float64Array(count).fill(Number.NaN) };
  const point: Point = [0, 0];
  for (let at = 0; at < count; at += 1) {
    const [column, row] = [at % SAMPLES, Math.floor(at / SAMPLES)];
    const isPlace = projection.inverse(
      across.low + ((across.high - across.low) * column) / (SAMPLES - 1),
      up.low + ((up.high - up.low) * row) / (SAMPLES - 1),
      point,
    );
    places.longitude[at] = isPlace ? point[0] : Number.NaN;
    places.latitude[at] = isPlace ? point[1] : Number.NaN;
  }
  return places;
}

/** The smallest rectangle of the plane around a box; undefined where nothing of the box is on the map. */
export function windowOf(projection: MapProjection, box: Box): Rectangle | undefined {
  let window: Rectangle | undefined;
  const point: Point = [0, 0];
  const count = 80;
  for (let row = 0; row <= count; row += 1) {
    const latitude = box[1] + ((box[3] - box[1]) * row) / count;
    for (let column = 0; column <= count; column += 1) {
      // a hair inside, or the ends of a whole turn would be one
      const longitude = box[0] + widthOf(box) * (1e-9 + ((1 - 2e-9) * column) / count);
      if (!projection.forward(longitude, latitude, point)) continue;
      const [x, y] = point;
      window = window
        ? {
            x0: Math.min(window.x0, x),
            y0: Math.min(window.y0, y),
            x1: Math.max(window.x1, x),
            y1: Math.max(window.y1, y),
          }
        : { x0: x, y0: y, x1: x, y1: y };
    }
  }
  return window && window.x1 > window.x0 && window.y1 > window.y0 ? window : undefined;
}
