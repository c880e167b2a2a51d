import type { SKRSContext2D } from "@napi-rs/canvas";
import type { Palette } from "../colour/colour-scale.ts";
import type { Geometry } from "../field/geometry.ts";
import type { Point } from "../projection/map-projection.ts";
import { isPlace } from "./cell-corners.ts";
import { cssColour } from "./colour-bar.ts";
import { INK } from "./ink.ts";
import { type MapView, toPixels } from "./map-view.ts";
import type { Numbers } from "./picture-job.ts";

interface Drawn {
  readonly geometry: Extract<Geometry, { kind: "cells" }>;
  readonly values: Numbers;
  readonly view: MapView;
  readonly palette: Palette;
  readonly unit: number;
}

/** Stations: a disc each, empty where the value is missing. */
export function drawPoints(context: SKRSContext2D, { geometry, values, view, palette, unit }: Drawn): void {
  const scale = toPixels(view);
  const point: Point = [0, 0];
  const radius = unit * Math.max(2, Math.min(6, 90 / Math.sqrt(geometry.longitude.length + 1)));
  for (let at = 0; at < geometry.longitude.length; at += 1) {
    const [longitude = Number.NaN, latitude = Number.NaN] = [geometry.longitude[at], geometry.latitude[at]];
    if (!isPlace(longitude, latitude) || !view.projection.forward(longitude, latitude, point)) continue;
    scale(point);
    context.beginPath();
    context.arc(point[0], point[1], radius, 0, 2 * Math.PI);
    const index = palette.indexOf(values[at] ?? Number.NaN);
    context.fillStyle = index < 0 ? INK.paper : cssColour(palette.colours[index] ?? 0);
    context.fill();
    context.strokeStyle = INK.frame;
    context.lineWidth = 0.7 * unit;
    context.stroke();
  }
}
