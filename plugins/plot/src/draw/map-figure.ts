import type { SKRSContext2D } from "@napi-rs/canvas";
import { type ColourScale, chooseScale, createPalette } from "../colour/colour-scale.ts";
import { dataRange, joinedRange } from "../colour/data-range.ts";
import type { Geometry } from "../field/geometry.ts";
import { bottomHeight, drawBottomAxis, drawFrame, drawLeftAxis, leftWidth } from "./axis-ticks.ts";
import { chooseMap } from "./choose-map.ts";
import { barTexts, barWidth, drawBar } from "./colour-bar.ts";
import { INK } from "./ink.ts";
import { drawLines } from "./map-lines.ts";
import { type MapMarks, mapMarks } from "./map-marks.ts";
import { drawPoints } from "./map-points.ts";
import type { MapView } from "./map-view.ts";
import type { Numbers, PictureJob } from "./picture-job.ts";
import { colouredPixels, layPixels, mapCells } from "./raster.ts";
import { createSheet, type Sheet } from "./sheet.ts";
import { drawTitles, titlesHeight } from "./titles.ts";
import { traceOutline } from "./trace-outline.ts";

type OnGround = Exclude<Geometry, { kind: "plane" | "line" }>;

/** Where a map stands on its sheet, all in pixels. */
export interface MapPlan {
  readonly view: MapView;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly marks: MapMarks | undefined;
  readonly scale: ColourScale;
  /** Nothing but the map: transparent where nothing lies. */
  readonly isBare: boolean;
}

export function scaleOf({ request, range }: PictureJob, values: Numbers): ColourScale {
  return chooseScale(request.scale, joinedRange([range ?? dataRange(values, request.scale.robust)]));
}

const PAD = 14;
const HIGHEST = 1.35;

/** A map with what stands around it. Frames of one animation share the plan and the cells under the pixels. */
export function planMap(job: PictureJob, geometry: OnGround, values: Numbers): MapPlan {
  const { request, titles, valueLabel } = job;
  const { parts, size } = request;
  const { projection, window } = chooseMap(geometry, request);
  const unit = size.dpi / 100;
  const isBare = !parts.colorbar && !parts.ticks && parts.title === false;
  const scale = scaleOf(job, values);
  const aspect = (window.y1 - window.y0) / (window.x1 - window.x0);
  if (isBare) {
    const height = size.height ?? clamp(Math.round(size.width * aspect), 1, 2 * size.width);
    const view = { projection, window, width: size.width, height };
    return { view, left: 0, top: 0, width: size.width, height, marks: undefined, scale, isBare };
  }
  const probe = createSheet(1, 1, "png", false).context;
  const marks = parts.ticks ? mapMarks(projection, window, geometry) : undefined;
  const top = PAD * unit + titlesHeight(titles[0] ?? { title: "", subtitle: "" }, unit);
  const left =
    PAD * unit +
    (marks
      ? leftWidth(
          probe,
          marks.y.map(({ label }) => label),
          marks.yLabel !== "",
          unit,
        )
      : 0);
  const right = PAD * unit + (parts.colorbar ? barWidth(probe, barTexts(scale, valueLabel, 400), unit) : 0);
  const bottom = PAD * unit + (marks ? bottomHeight(true, marks.xLabel !== "", unit) : 0);
  const room = Math.max(8, size.width - left - right);
  const most = size.height === undefined ? HIGHEST * room : Math.max(8, size.height - top - bottom);
  const width = Math.max(1, Math.round(Math.min(room, most / aspect)));
  const height = Math.max(1, Math.round(Math.min(most, room * aspect)));
  const view = { projection, window, width, height };
  const slack = Math.max(0, room - width) / 2;
  const upper = size.height === undefined ? top : top + Math.max(0, most - height) / 2;
  const whole = size.height ?? Math.ceil(top + height + bottom);
  return {
    view,
    left: Math.round(left + slack),
    top: Math.round(upper),
    width: size.width,
    height: whole,
    marks,
    scale,
    isBare,
  };
}

/** For each pixel of the plan's map the position of its value. */
export function cellsOf(geometry: OnGround, { view }: MapPlan): Int32Array {
  if (geometry.kind === "cells" && geometry.isPoints) return new Int32Array(0);
  return mapCells(geometry, view);
}

export function drawMap(
  job: PictureJob,
  geometry: OnGround,
  values: Numbers,
  plan: MapPlan,
  cells: Int32Array,
  frame = 0,
): Sheet {
  const { request, titles, valueLabel } = job;
  const { view, left, top, scale, isBare } = plan;
  const unit = request.size.dpi / 100;
  const sheet = createSheet(plan.width, plan.height, request.format, request.parts.paper);
  const { context } = sheet;
  context.save();
  context.translate(left, top);
  if (request.parts.paper) {
    // not without paper: pixels at the edge would be half transparent
    traceOutline(context, view);
    context.clip();
    context.fillStyle = INK.missing;
    context.fillRect(0, 0, view.width, view.height);
  }
  const palette = createPalette(scale);
  if (cells.length > 0)
    layPixels(context, colouredPixels(cells, values, palette), {
      left: 0,
      top: 0,
      width: view.width,
      height: view.height,
    });
  drawLines(context, { request, view, geometry, values, scale, unit });
  if (geometry.kind === "cells" && geometry.isPoints)
    drawPoints(context, { geometry, values, view, palette, unit });
  context.restore();
  if (isBare) return sheet;
  drawEdge(context, plan, unit);
  const area = { left, top, width: view.width, height: view.height, unit };
  if (plan.marks) {
    drawBottomAxis(
      context,
      {
        ticks: plan.marks.x.map(({ position, label }) => ({ at: position * view.width, label })),
        label: plan.marks.xLabel,
      },
      area,
    );
    drawLeftAxis(
      context,
      {
        ticks: plan.marks.y.map(({ position, label }) => ({ at: position * view.height, label })),
        label: plan.marks.yLabel,
      },
      area,
    );
  }
  if (request.parts.colorbar) {
    const tall = Math.min(view.height, Math.max(view.height * 0.9, 160 * unit));
    const place = {
      left: left + view.width + 16 * unit,
      top: top + (view.height - tall) / 2,
      height: tall,
      unit,
    };
    drawBar(context, scale, barTexts(scale, valueLabel, tall / unit), place);
  }
  const pad = PAD * unit;
  const block = titlesHeight(titles[frame] ?? { title: "", subtitle: "" }, unit);
  drawTitles(context, titles[frame] ?? { title: "", subtitle: "" }, {
    left,
    top: Math.max(pad, top - block),
    width: plan.width - left - pad,
    unit,
  });
  return sheet;
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

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(high, value));
}
