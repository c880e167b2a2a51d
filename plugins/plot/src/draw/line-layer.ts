import { type Canvas, createCanvas } from "@napi-rs/canvas";
import type { Parts } from "../request/picture-request.ts";
import { createKept } from "./kept.ts";
import { drawMapLines } from "./map-lines.ts";
import { type MapView, viewKey } from "./map-view.ts";
import { traceOutline } from "./trace-outline.ts";

/** Of each thread: a map of the usual size takes less than two megabytes. */
const MAX_BYTES = 16 * 2 ** 20;

interface LinesWish {
  readonly view: MapView;
  readonly parts: Parts;
  /** Size of a pixel at 100 dpi. */
  readonly unit: number;
}

const layers = createKept<Canvas>(MAX_BYTES, ({ width, height }) => 4 * width * height);

/** Coasts, borders and graticule of a map, drawn once for all its fields; transparent elsewhere. */
export function lineLayer({ view, parts, unit }: LinesWish): Canvas {
  const { coastlines, borders, graticule } = parts;
  return layers.of(JSON.stringify([viewKey(view), coastlines, borders, graticule, unit]), () => {
    const canvas = createCanvas(view.width, view.height);
    drawMapLines(canvas.getContext("2d"), { view, parts, unit });
    return canvas;
  });
}

const coverages = createKept<Uint8Array>(MAX_BYTES / 4, ({ length }) => length);

/** How much of each pixel lies on the map, 0 to 255; undefined where all of all do. */
export function coverageOf(view: MapView): Uint8Array | undefined {
  if (view.projection.outline === undefined) return undefined;
  return coverages.of(viewKey(view), () => {
    const { width, height } = view;
    const context = createCanvas(width, height).getContext("2d");
    traceOutline(context, view);
    context.fill();
    const { data } = context.getImageData(0, 0, width, height);
    return Uint8Array.from({ length: width * height }, (_, at) => data[4 * at + 3] ?? 0);
  });
}
