import type { SKRSContext2D } from "@napi-rs/canvas";
import { type Point, turned } from "../projection/map-projection.ts";
import type { GeoLine } from "./land-lines.ts";
import { type MapView, toPixels } from "./map-view.ts";

/** Steps below this many pixels are not seen. */
const SHORTEST = 0.4;

/** Adds lines on Earth to the path; they end where the map ends, and where it is cut. */
export function traceLines(context: SKRSContext2D, lines: Iterable<GeoLine>, view: MapView): void {
  const { projection, width, height } = view;
  const scale = toPixels(view);
  const point: Point = [0, 0];
  const margin = Math.max(width, height);
  for (const line of lines) {
    let isDown = false;
    let [lastX, lastY, lastFromCut] = [0, 0, 0];
    for (let at = 0; at < line.length; at += 2) {
      const longitude = line[at] as number; // at < length, and lines are pairs
      const fromCut = projection.cutMeridian === undefined ? 0 : turned(longitude - projection.cutMeridian);
      const isSeen = projection.forward(longitude, line[at + 1] as number, point);
      scale(point);
      const [x, y] = point;
      if (!isSeen || x < -margin || y < -margin || x > width + margin || y > height + margin) {
        isDown = false;
        continue;
      }
      const isCut = fromCut * lastFromCut < 0 && Math.abs(fromCut - lastFromCut) < 180;
      if (!isDown || isCut) context.moveTo(x, y);
      else if (Math.abs(x - lastX) + Math.abs(y - lastY) < SHORTEST && at + 2 < line.length) continue;
      else context.lineTo(x, y);
      isDown = true;
      [lastX, lastY, lastFromCut] = [x, y, fromCut];
    }
  }
}

/** Meridians and parallels, with points so near to each other that they bend. */
export function graticule(step: Readonly<{ x: number; y: number }>): GeoLine[] {
  const lines: GeoLine[] = [];
  const end = 90 - (90 % step.y === 0 ? 0 : 90 % step.y);
  for (let longitude = -180; longitude < 180 - 1e-9; longitude += step.x) {
    lines.push(
      Float64Array.from({ length: 2 * 181 }, (_, at) => (at % 2 === 0 ? longitude : (at >> 1) - 90)),
    );
  }
  for (let latitude = -end; latitude <= end + 1e-9; latitude += step.y) {
    if (Math.abs(latitude) > 89.9) continue;
    lines.push(
      Float64Array.from({ length: 2 * 361 }, (_, at) => (at % 2 === 0 ? (at >> 1) - 180 : latitude)),
    );
  }
  return lines;
}
