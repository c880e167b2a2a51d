import { formatTicks, niceTicks } from "../colour/nice-ticks.ts";
import type { Geometry } from "../field/geometry.ts";
import type { MapProjection, Point, Rectangle } from "../projection/map-projection.ts";
import { degreeStep, degreeTicks, formatLatitude, formatLongitude } from "./degree-ticks.ts";

/** A mark on a side, from 0 (left, top) to 1. */
export interface Mark {
  readonly position: number;
  readonly label: string;
}

export interface MapMarks {
  readonly x: readonly Mark[];
  readonly y: readonly Mark[];
  readonly xLabel: string;
  readonly yLabel: string;
}

/** Marks along the sides of maps whose meridians and parallels are straight, and of grids on planes of their own. */
export function mapMarks(
  projection: MapProjection,
  window: Rectangle,
  geometry: Geometry,
): MapMarks | undefined {
  if (projection.hasDegrees) return degreeMarks(projection, window);
  if (projection.name !== "native" || geometry.kind !== "axes") return undefined;
  const side = (low: number, high: number, isDown: boolean): Mark[] => {
    const ticks = niceTicks(low, high, 6);
    const { labels, power } = formatTicks(ticks);
    return ticks.map((tick, at) => ({
      position: isDown ? (high - tick) / (high - low) : (tick - low) / (high - low),
      label: `${labels[at] ?? ""}${power}`,
    }));
  };
  return {
    x: side(window.x0, window.x1, false),
    y: side(window.y0, window.y1, true),
    xLabel: geometry.xLabel,
    yLabel: geometry.yLabel,
  };
}

function degreeMarks(projection: MapProjection, { x0, x1, y0, y1 }: Rectangle): MapMarks {
  const middle = projection.centralLongitude;
  const bottom: Point = [0, 0];
  const top: Point = [0, 0];
  projection.inverse(0, y0, bottom);
  projection.inverse(0, y1, top);
  const longitudes = degreeTicks(middle + x0, middle + x1, lineSteps(projection, { x0, x1, y0, y1 }).x);
  const latitudes = degreeTicks(bottom[1], top[1], lineSteps(projection, { x0, x1, y0, y1 }).y);
  const point: Point = [0, 0];
  return {
    x: longitudes.map((value) => ({
      position: (value - middle - x0) / (x1 - x0),
      label: formatLongitude(value),
    })),
    y: latitudes.map((value) => {
      projection.forward(middle, Math.max(-89.9999, Math.min(89.9999, value)), point);
      return { position: (y1 - point[1]) / (y1 - y0), label: formatLatitude(value) };
    }),
    xLabel: "",
    yLabel: "",
  };
}

/** Degrees between the lines of a map: of both directions the same where that leaves enough of both. */
export function lineSteps(
  projection: MapProjection,
  { x0, x1, y0, y1 }: Rectangle,
): { readonly x: number; readonly y: number } {
  if (!projection.hasDegrees) {
    const span = Math.min(180, spanOf(projection, { x0, x1, y0, y1 }));
    const step = Math.min(30, degreeStep(span, span > 120 ? 4 : 5));
    // towards the poles meridians come together
    const isPolar = projection.name.endsWith("PolarStereo");
    const wide =
      step / Math.max(0.3, Math.cos((middleLatitude(projection, { x0, x1, y0, y1 }) * Math.PI) / 180));
    return { x: isPolar ? Math.min(30, 2 * wide) : Math.min(30, degreeStep(4 * wide, 4)), y: step };
  }
  const [wide, tall] = [x1 - x0, y1 - y0];
  return { x: degreeStep(wide, wide > 200 ? 6 : 5), y: degreeStep(tall, tall > 100 ? 5 : 4) };
}

function middleLatitude(projection: MapProjection, { x0, x1, y0, y1 }: Rectangle): number {
  const point: Point = [0, 0];
  return projection.inverse((x0 + x1) / 2, (y0 + y1) / 2, point) ? point[1] : 0;
}

/** Degrees of latitude from the lower to the upper end, or what the corners tell. */
function spanOf(projection: MapProjection, { x0, x1, y0, y1 }: Rectangle): number {
  const latitudes: number[] = [];
  const point: Point = [0, 0];
  for (let step = 0; step <= 100; step += 1) {
    const [x, y] = [x0 + ((x1 - x0) * (step % 10)) / 10, y0 + ((y1 - y0) * Math.floor(step / 10)) / 10];
    if (projection.inverse(x, y, point)) latitudes.push(point[1]);
  }
  return latitudes.length < 2 ? 90 : Math.max(...latitudes) - Math.min(...latitudes);
}
