import type { SKRSContext2D } from "@napi-rs/canvas";
import { createPalette, type Palette } from "../colour/colour-scale.ts";
import { drawBottomAxis, drawFrame, drawLeftAxis } from "./axis-ticks.ts";
import { barTexts, drawBar } from "./colour-bar.ts";
import type { FieldPixels } from "./compose.ts";
import { INK, inkWord } from "./ink.ts";
import { coverageOf, lineLayer } from "./line-layer.ts";
import { drawContours } from "./map-contours.ts";
import { drawMapLines } from "./map-lines.ts";
import type { Mark } from "./map-marks.ts";
import { type MapPlan, PAD } from "./map-plan.ts";
import { drawPoints } from "./map-points.ts";
import type { OnGround } from "./on-ground.ts";
import type { Numbers, PictureJob } from "./picture-job.ts";
import { colouredPixels, keptCells } from "./raster.ts";
import { createSheet, layered, type Picture, type Sheet, type SheetOptions } from "./sheet.ts";
import { drawStill, type Still, withTitles } from "./still-map.ts";
import { drawTitles, type Titles, titlesHeight } from "./titles.ts";
import { traceOutline } from "./trace-outline.ts";

interface MapFigure {
  readonly job: PictureJob;
  readonly geometry: OnGround;
  readonly plan: MapPlan;
}

/** Draws the frames of a map: what all of them share is worked out with the first. */
export function mapFrames(figure: MapFigure): (values: Numbers, frame: number) => Picture {
  const { job, plan } = figure;
  const palette = createPalette(plan.scale);
  const { hasPaper } = sheetOptions(figure);
  const field = (cells: Int32Array, values: Numbers): FieldPixels => ({
    left: plan.left,
    top: plan.top,
    width: plan.view.width,
    height: plan.view.height,
    pixels: colouredPixels(cells, values, palette),
    missing: hasPaper ? MISSING : 0,
    ...(hasPaper && { coverage: coverageOf(plan.view) }),
  });
  let still: Still | undefined;
  let cells: Int32Array | undefined;
  return (values, frame) => {
    cells ??= cellsOf(figure);
    const titles = job.titles[frame] ?? { title: "", subtitle: "" };
    if (isStill(figure)) {
      still ??= drawStill(sheetOptions(figure), (sheet) => drawMap(sheet, figure, undefined));
      const bands = withTitles(still, plan.isBare ? 0 : plan.top, ({ context }) =>
        drawMapTitles(context, figure, titles),
      );
      return layered({ ...sheetOptions(figure), field: field(cells, values) }, bands);
    }
    const sheet = createSheet(sheetOptions(figure));
    drawMap(sheet, figure, { cells, values, palette, field: field(cells, values) });
    if (!plan.isBare) drawMapTitles(sheet.context, figure, titles);
    return sheet;
  };
}

/** True for animations where the field alone moves, and its title. */
function isStill({ job: { titles, request }, geometry }: MapFigure): boolean {
  return titles.length > 1 && request.contours === undefined && !isPoints(geometry);
}

const MISSING = inkWord(INK.missing);

function isPoints(geometry: OnGround): boolean {
  return geometry.kind === "cells" && geometry.isPoints;
}

function cellsOf({ geometry, plan: { view } }: MapFigure): Int32Array {
  if (isPoints(geometry)) return new Int32Array(view.width * view.height).fill(-1);
  return keptCells(geometry, view);
}

function sheetOptions({ job: { request }, plan }: MapFigure): SheetOptions {
  const { format, parts } = request;
  // frames of GIF files have no transparency that comes and goes
  return { width: plan.width, height: plan.height, format, hasPaper: parts.paper || format === "gif" };
}

/** Everything but titles. */
function drawMap(sheet: Sheet, figure: MapFigure, content: Content | undefined): void {
  const { job, plan } = figure;
  const { request } = job;
  const { context } = sheet;
  context.save();
  context.translate(plan.left, plan.top);
  if (request.parts.paper) {
    // not without paper: pixels at the edge would be half transparent
    traceOutline(context, plan.view);
    context.clip();
  }
  drawOnMap(sheet, figure, content);
  context.restore();
  if (!plan.isBare) drawAround(context, figure);
}

interface Content {
  readonly cells: Int32Array;
  readonly values: Numbers;
  readonly field: FieldPixels;
  readonly palette: Palette;
}

function drawOnMap(sheet: Sheet, { job, geometry, plan }: MapFigure, content: Content | undefined): void {
  const { context } = sheet;
  const { request } = job;
  const { view, scale } = plan;
  const unit = unitOf(job);
  if (content) {
    const { cells, values, field } = content;
    sheet.layField(field);
    drawContours(context, { request, view, geometry, values, scale, unit, cells });
  }
  const lines = { view, parts: request.parts, unit };
  if (request.format === "svg") drawMapLines(context, lines);
  else context.drawImage(lineLayer(lines), 0, 0);
  if (content && geometry.kind === "cells" && geometry.isPoints)
    drawPoints(context, { geometry, values: content.values, view, palette: content.palette, unit });
}

function drawAround(context: SKRSContext2D, { job, plan }: MapFigure): void {
  const { view, left, top, scale, marks } = plan;
  const unit = unitOf(job);
  drawEdge(context, plan, unit);
  const area = { left, top, width: view.width, height: view.height, unit };
  if (marks) {
    const at = (side: readonly Mark[], length: number) =>
      side.map(({ position, label }) => ({ at: position * length, label }));
    drawBottomAxis(context, { ticks: at(marks.x, view.width), label: marks.xLabel }, area);
    drawLeftAxis(context, { ticks: at(marks.y, view.height), label: marks.yLabel }, area);
  }
  if (!job.request.parts.colorbar) return;
  const tall = Math.min(view.height, Math.max(view.height * 0.9, 160 * unit));
  const place = {
    left: left + view.width + 16 * unit,
    top: top + (view.height - tall) / 2,
    height: tall,
    unit,
  };
  drawBar(context, scale, barTexts(scale, job.valueLabel, tall / unit), place);
}

function drawMapTitles(context: SKRSContext2D, { job, plan }: MapFigure, titles: Titles): void {
  const unit = unitOf(job);
  const pad = PAD * unit;
  const top = Math.max(pad, plan.top - titlesHeight(titles, unit));
  drawTitles(context, titles, { left: plan.left, top, width: plan.width - plan.left - pad, unit });
}

function drawEdge(context: SKRSContext2D, { view, left, top }: MapPlan, unit: number): void {
  const { projection, window } = view;
  const isWhole =
    projection.outline !== undefined &&
    projection.bounds !== undefined &&
    window.x1 - window.x0 > 0.9 * (projection.bounds.x1 - projection.bounds.x0);
  if (!isWhole) {
    drawFrame(context, { left, top, width: view.width, height: view.height, unit });
    return;
  }
  context.save();
  context.translate(left, top);
  traceOutline(context, view);
  context.strokeStyle = INK.frame;
  context.lineWidth = unit;
  context.stroke();
  context.restore();
}

function unitOf({ request }: PictureJob): number {
  return request.size.dpi / 100;
}
