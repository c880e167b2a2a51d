import type { CellRaster, MapWindow } from "./cell-raster.ts";
import { shadesOf, type ValueRange } from "./colour-maps.ts";

/** Colours the cells of a raster; missing values and the ground beside them stay transparent. */
export function paintCells(
  context: CanvasRenderingContext2D,
  { width, height, cells }: CellRaster,
  values: Float64Array,
  { range, colours }: { readonly range: ValueRange; readonly colours: string },
): void {
  const shades = shadesOf(colours);
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const scale = (shades.length - 1) / (range.max - range.min || 1);
  for (let at = 0; at < cells.length; at += 1) {
    const cell = cells[at] ?? -1;
    const value = cell < 0 ? Number.NaN : (values[cell] ?? Number.NaN);
    if (Number.isNaN(value)) continue;
    const shade = Math.max(0, Math.min(shades.length - 1, Math.round((value - range.min) * scale)));
    pixels[at] = shades[shade] ?? 0;
  }
  context.putImageData(image, 0, 0);
}

/** Units of the coast's path per degree; see build.ts. */
const COAST_UNITS = 10;

/** The coast and a few meridians and parallels, light around dark so that they are seen on every colour. */
export function drawCoast(context: CanvasRenderingContext2D, window: MapWindow, coast: Path2D): void {
  const { width, height } = context.canvas;
  const scaleX = width / (window.right - window.left);
  const scaleY = height / (window.top - window.bottom);
  const lines = new Path2D();
  for (const turn of [-360, 0, 360]) {
    const left = (-180 + turn - window.left) * scaleX;
    if (left > width || left + 360 * scaleX < 0) continue;
    const place = new DOMMatrix([
      scaleX / COAST_UNITS,
      0,
      0,
      scaleY / COAST_UNITS,
      left,
      (window.top - 90) * scaleY,
    ]);
    lines.addPath(coast, place);
  }
  const isWide = window.right - window.left > 150;
  stroke(context, lines, `rgb(255 255 255 / ${isWide ? 25 : 45}%)`, isWide ? 1.5 : 2.5);
  stroke(context, lines, "rgb(0 0 0 / 70%)", isWide ? 0.7 : 1);
  stroke(context, graticule(window, { width, height }), "rgb(128 128 128 / 35%)", 1);
}

function graticule(window: MapWindow, { width, height }: { width: number; height: number }): Path2D {
  const span = Math.max(window.right - window.left, window.top - window.bottom);
  const step = [1, 2, 5, 10, 15, 30, 45].find((degrees) => span / degrees <= 8) ?? 60;
  const path = new Path2D();
  for (let at = Math.ceil(window.left / step) * step; at < window.right; at += step) {
    const x = ((at - window.left) / (window.right - window.left)) * width;
    path.moveTo(x, 0);
    path.lineTo(x, height);
  }
  for (let at = Math.ceil(window.bottom / step) * step; at < window.top; at += step) {
    const y = ((window.top - at) / (window.top - window.bottom)) * height;
    path.moveTo(0, y);
    path.lineTo(width, y);
  }
  return path;
}

function stroke(context: CanvasRenderingContext2D, path: Path2D, style: string, width: number): void {
  context.strokeStyle = style;
  context.lineWidth = width;
  context.stroke(path);
}

export function drawCross(context: CanvasRenderingContext2D, px: number, py: number): void {
  const path = new Path2D();
  path.arc(px, py, 6, 0, 2 * Math.PI);
  stroke(context, path, "#fff", 4);
  stroke(context, path, "#000", 1.5);
}

export function drawScale(canvas: HTMLCanvasElement, colours: string): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  const cells = Int32Array.from({ length: canvas.width * canvas.height }, (_, at) => at % canvas.width);
  const values = Float64Array.from({ length: canvas.width }, (_, at) => at);
  const range = { min: 0, max: canvas.width - 1 };
  paintCells(context, { width: canvas.width, height: canvas.height, cells }, values, { range, colours });
}

/** A line through the values; gaps where they are missing, a dot where one stands alone. */
export function drawLine(context: CanvasRenderingContext2D, values: Float64Array, range: ValueRange): void {
  const { width, height } = context.canvas;
  const style = getComputedStyle(context.canvas);
  context.clearRect(0, 0, width, height);
  const path = new Path2D();
  let isDrawing = false;
  for (const [at, value] of values.entries()) {
    const x = 4 + ((width - 8) * at) / Math.max(1, values.length - 1);
    const y = height - 4 - (height - 8) * ((value - range.min) / (range.max - range.min || 1));
    if (Number.isNaN(value)) isDrawing = false;
    else if (isDrawing) path.lineTo(x, y);
    else {
      path.moveTo(x, y);
      path.lineTo(x + 0.5, y);
      isDrawing = true;
    }
  }
  context.lineJoin = "round";
  stroke(context, path, style.color, 2);
}
