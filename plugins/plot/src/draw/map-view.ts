import type { MapProjection, Point, Rectangle } from "../projection/map-projection.ts";

/** A part of a map, and the pixels that show it. The first row of pixels is the upper one. */
export interface MapView {
  readonly projection: MapProjection;
  readonly window: Rectangle;
  readonly width: number;
  readonly height: number;
}

/** From the plane to pixels: the middle of the first pixel is at 0.5. */
export function toPixels({ window, width, height }: MapView): (point: Point) => void {
  const scaleX = width / (window.x1 - window.x0);
  const scaleY = height / (window.y1 - window.y0);
  return (point) => {
    point[0] = (point[0] - window.x0) * scaleX;
    point[1] = (window.y1 - point[1]) * scaleY;
  };
}

/** The plane's x of the middle of a column, y of the middle of a row. */
export function planeX({ window, width }: MapView, column: number): number {
  return window.x0 + ((column + 0.5) * (window.x1 - window.x0)) / width;
}
export function planeY({ window, height }: MapView, row: number): number {
  return window.y1 - ((row + 0.5) * (window.y1 - window.y0)) / height;
}

/** Equal for views on which every place lies at the same pixel. */
export function viewKey({ projection, window, width, height }: MapView): string {
  return JSON.stringify([projection.id, window.x0, window.y0, window.x1, window.y1, width, height]);
}
