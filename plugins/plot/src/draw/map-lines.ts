import type { SKRSContext2D } from "@napi-rs/canvas";
import type { Point } from "../projection/map-projection.ts";
import type { Parts } from "../request/picture-request.ts";
import { graticule, traceLines } from "./geo-path.ts";
import { INK } from "./ink.ts";
import { detailFor, landLines } from "./land-lines.ts";
import { lineSteps } from "./map-marks.ts";
import { type MapView, toPixels } from "./map-view.ts";

interface Lines {
  readonly view: MapView;
  readonly parts: Parts;
  /** Size of a pixel at 100 dpi. */
  readonly unit: number;
}

/** Graticule, borders and coasts: the same for all fields on one map. */
export function drawMapLines(context: SKRSContext2D, { view, parts, unit }: Lines): void {
  context.lineJoin = "round";
  if (parts.graticule) {
    stroke(context, INK.graticule, 0.7 * unit, () =>
      traceLines(context, graticule(lineSteps(view.projection, view.window)), view),
    );
  }
  if (!parts.coastlines && !parts.borders) return;
  const land = landLines(detailFor(pixelsPerDegree(view)));
  if (parts.borders) stroke(context, INK.border, 0.55 * unit, () => traceLines(context, land.borders, view));
  if (parts.coastlines) {
    const width = Math.max(0.45, Math.min(1, view.width / 700)) * unit;
    stroke(context, INK.coast, width, () => traceLines(context, land.coasts, view));
  }
}

function stroke(context: SKRSContext2D, colour: string, width: number, trace: () => void): void {
  context.beginPath();
  trace();
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
}

/** Around the middle of what is shown. */
function pixelsPerDegree(view: MapView): number {
  const { projection, window } = view;
  const scale = toPixels(view);
  const middle: Point = [0, 0];
  const centre = [(window.x0 + window.x1) / 2, (window.y0 + window.y1) / 2] as const;
  if (!projection.inverse(centre[0], centre[1], middle)) return 4;
  const [here, there]: [Point, Point] = [
    [0, 0],
    [0, 0],
  ];
  const step = middle[1] > 89 ? -0.5 : 0.5;
  if (
    !projection.forward(middle[0], middle[1], here) ||
    !projection.forward(middle[0], middle[1] + step, there)
  )
    return 4;
  scale(here);
  scale(there);
  return Math.hypot(here[0] - there[0], here[1] - there[1]) / Math.abs(step);
}
