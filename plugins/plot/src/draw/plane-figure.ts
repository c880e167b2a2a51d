import type { SKRSContext2D } from "@napi-rs/canvas";
import { type ColourScale, createPalette } from "../colour/colour-scale.ts";
import { niceLevels } from "../colour/nice-ticks.ts";
import type { Geometry } from "../field/geometry.ts";
import { bottomHeight, drawBottomAxis, drawFrame, drawLeftAxis, leftWidth } from "./axis-ticks.ts";
import { barTexts, barWidth, drawBar } from "./colour-bar.ts";
import { contourLine } from "./contour-lines.ts";
import { INK, inkWord } from "./ink.ts";
import type { Numbers, PictureJob } from "./picture-job.ts";
import { type SideScale, sideMarks, sideScale } from "./plane-axis.ts";
import { colouredPixels } from "./raster.ts";
import { createSheet, measuringContext, type Sheet } from "./sheet.ts";
import { drawTitles, titlesHeight } from "./titles.ts";

type Plane = Extract<Geometry, { kind: "plane" }>;

export const PAD = 14;
const USUAL_ASPECT = 0.5;
const X_SPACING = 85;
const Y_SPACING = 50;

/** Pixels that a picture with two axes leaves for what is drawn. */
export interface PlaneArea {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly wholeHeight: number;
  readonly unit: number;
}

interface PlaneFigure {
  readonly job: PictureJob;
  readonly geometry: Plane;
  readonly scale: ColourScale;
}

/** A section, a Hovmöller diagram, an image: two axes that are no places on a map. */
export function drawPlane({ job, geometry, scale }: PlaneFigure, values: Numbers, frame: number): Sheet {
  const { request, titles, valueLabel } = job;
  const [x, y] = [sideScale(geometry.x, false), sideScale(geometry.y, true)];
  const titlesHere = titles[frame] ?? { title: "", subtitle: "" };
  const area = planeArea(job, geometry, { x, y, scale });
  const isBare = area.left === 0 && area.top === 0;
  const { format, parts } = request;
  const sheet = createSheet({
    width: request.size.width,
    height: area.wholeHeight,
    format,
    hasPaper: parts.paper,
  });
  const { context } = sheet;
  const pixels = colouredPixels(planeCells(geometry, { x, y }, area), values, createPalette(scale));
  sheet.layField({ ...area, pixels, missing: parts.paper ? inkWord(INK.missing) : 0 });
  if (request.contours !== undefined)
    drawContours(context, { geometry, values, x, y, area, wish: request.contours, scale });
  if (isBare) return sheet;
  drawFrame(context, area);
  if (request.parts.ticks) {
    drawBottomAxis(context, sideMarks(geometry.x, x, area.width, X_SPACING * area.unit), area);
    drawLeftAxis(context, sideMarks(geometry.y, y, area.height, Y_SPACING * area.unit), area);
  }
  if (request.parts.colorbar) {
    const place = {
      left: area.left + area.width + 16 * area.unit,
      top: area.top,
      height: area.height,
      unit: area.unit,
    };
    drawBar(context, scale, barTexts(scale, valueLabel, area.height / area.unit), place);
  }
  drawTitles(context, titlesHere, {
    left: area.left,
    top: PAD * area.unit,
    width: request.size.width - area.left - PAD * area.unit,
    unit: area.unit,
  });
  return sheet;
}

interface Scales {
  readonly x: SideScale;
  readonly y: SideScale;
  readonly scale: ColourScale;
}

function planeArea(
  { request, titles, valueLabel }: PictureJob,
  geometry: Plane,
  { y, scale }: Scales,
): PlaneArea {
  const { parts, size } = request;
  const unit = size.dpi / 100;
  if (!parts.colorbar && !parts.ticks && parts.title === false) {
    const height = size.height ?? Math.max(1, Math.round(size.width * USUAL_ASPECT));
    return { left: 0, top: 0, width: size.width, height, wholeHeight: height, unit };
  }
  const probe = measuringContext();
  const marks = sideMarks(geometry.y, y, 400, Y_SPACING);
  const left = Math.round(
    PAD * unit +
      (parts.ticks
        ? leftWidth(
            probe,
            marks.ticks.map(({ label }) => label),
            marks.label !== "",
            unit,
          )
        : 0),
  );
  const right = PAD * unit + (parts.colorbar ? barWidth(probe, barTexts(scale, valueLabel, 400), unit) : 0);
  const top = Math.round(PAD * unit + titlesHeight(titles[0] ?? { title: "", subtitle: "" }, unit));
  const hasLabel = !geometry.x.coding && !geometry.x.degrees;
  const bottom = PAD * unit + (parts.ticks ? bottomHeight(true, hasLabel, unit) : 0);
  const width = Math.max(1, Math.round(size.width - left - right));
  const height = Math.max(
    1,
    Math.round(size.height === undefined ? USUAL_ASPECT * size.width : size.height - top - bottom),
  );
  return { left, top, width, height, wholeHeight: size.height ?? Math.ceil(top + height + bottom), unit };
}

function planeCells(
  geometry: Plane,
  { x, y }: Pick<Scales, "x" | "y">,
  { width, height }: PlaneArea,
): Int32Array {
  const columns = geometry.x.values.length;
  const columnOf = Int32Array.from({ length: width }, (_, at) =>
    x.lookup.find(x.inverse((at + 0.5) / width)),
  );
  const cells = new Int32Array(width * height).fill(-1);
  for (let row = 0; row < height; row += 1) {
    const line = y.lookup.find(y.inverse((row + 0.5) / height));
    if (line < 0) continue;
    for (let column = 0; column < width; column += 1) {
      const at = columnOf[column] ?? -1;
      if (at >= 0) cells[row * width + column] = line * columns + at;
    }
  }
  return cells;
}

interface Contours extends Scales {
  readonly geometry: Plane;
  readonly values: Numbers;
  readonly area: PlaneArea;
  readonly wish: number | readonly number[];
}

function drawContours(context: SKRSContext2D, { geometry, values, x, y, area, wish, scale }: Contours): void {
  const columns = geometry.x.values.length;
  const field = { values, columns, rows: values.length / columns };
  const levels = typeof wish === "number" ? niceLevels(scale.vmin, scale.vmax, wish) : wish;
  const between = (axis: Float64Array, at: number): number => {
    const [low, high] = [axis[Math.floor(at)] ?? 0, axis[Math.ceil(at)] ?? 0];
    return low + (at - Math.floor(at)) * (high - low);
  };
  const pixelX = (at: number): number => area.left + x.position(between(geometry.x.values, at)) * area.width;
  const pixelY = (at: number): number => area.top + y.position(between(geometry.y.values, at)) * area.height;
  context.beginPath();
  for (const level of levels) {
    contourLine(field, level, (x0, y0, x1, y1) => {
      context.moveTo(pixelX(x0), pixelY(y0));
      context.lineTo(pixelX(x1), pixelY(y1));
    });
  }
  context.strokeStyle = INK.contour;
  context.lineWidth = 0.8 * area.unit;
  context.stroke();
}
