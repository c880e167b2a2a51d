import type { SKRSContext2D } from "@napi-rs/canvas";
import type { Point } from "../projection/map-projection.ts";
import { type MapView, toPixels } from "./map-view.ts";

/** A path around the map: the rectangle that is shown, or the globe's edge where the map has one. */
export function traceOutline(context: SKRSContext2D, view: MapView): void {
  const { projection, width, height } = view;
  context.beginPath();
  if (projection.outline === undefined) {
    context.rect(0, 0, width, height);
    return;
  }
  const scale = toPixels(view);
  for (const [at, corner] of projection.outline.entries()) {
    const point: Point = [corner[0], corner[1]];
    scale(point);
    if (at === 0) context.moveTo(point[0], point[1]);
    else context.lineTo(point[0], point[1]);
  }
  context.closePath();
}
