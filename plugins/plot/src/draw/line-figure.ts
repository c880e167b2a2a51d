import type { SKRSContext2D } from "@napi-rs/canvas";
import { dataRange } from "../colour/data-range.ts";
import type { Geometry, PlaneAxis } from "../field/geometry.ts";
import { axisLookup } from "./axis-lookup.ts";
import { bottomHeight, drawBottomAxis, drawFrame, drawLeftAxis, leftWidth } from "./axis-ticks.ts";
import { INK } from "./ink.ts";
import type { Numbers, PictureJob } from "./picture-job.ts";
import { type SideScale, scaleBetween, sideMarks } from "./plane-axis.ts";
import { PAD, type PlaneArea } from "./plane-figure.ts";
import { createSheet, measuringContext, type Sheet } from "./sheet.ts";
import { drawTitles, titlesHeight } from "./titles.ts";

type Line = Extract<Geometry, { kind: "line" }>;

const USUAL_ASPECT = 0.42;

/** Values along one dimension; heights stand upright, as in soundings. */
export function drawLine(job: PictureJob, geometry: Line, values: Numbers, frame = 0): Sheet {
  const { request, titles, valueLabel } = job;
  const isUpright = geometry.x.isDownward === true;
  const valueAxis: PlaneAxis = { values: new Float64Array(), label: valueLabel };
  const along = alongScale(geometry.x, isUpright);
  const value = valueScale(request.scale, values, isUpright);
  const bottomAxis = isUpright ? { axis: valueAxis, scale: value } : { axis: geometry.x, scale: along };
  const leftAxis = isUpright ? { axis: geometry.x, scale: along } : { axis: valueAxis, scale: value };
  const area = lineArea(job, leftAxis, bottomAxis.axis);
  const isBare = area.left === 0 && area.top === 0;
  const sheet = createSheet({
    width: request.size.width,
    height: area.wholeHeight,
    format: request.format,
    hasPaper: request.parts.paper,
  });
  const { context } = sheet;
  const bottom = sideMarks(bottomAxis.axis, bottomAxis.scale, area.width, 85 * area.unit);
  const left = sideMarks(leftAxis.axis, leftAxis.scale, area.height, 45 * area.unit);
  if (request.parts.graticule && !isBare)
    drawGrid(
      context,
      bottom.ticks.map(({ at }) => at),
      left.ticks.map(({ at }) => at),
      area,
    );
  trace(context, { positions: geometry.x.values, values, along, value, isUpright }, area);
  if (isBare) return sheet;
  drawFrame(context, area);
  if (request.parts.ticks) {
    drawBottomAxis(context, bottom, area);
    drawLeftAxis(context, left, area);
  }
  const pad = PAD * area.unit;
  drawTitles(context, titles[frame] ?? { title: "", subtitle: "" }, {
    left: area.left,
    top: pad,
    width: request.size.width - area.left - pad,
    unit: area.unit,
  });
  return sheet;
}

function alongScale(axis: PlaneAxis, isUpright: boolean): SideScale {
  const lookup = axisLookup(axis.values);
  const finite = axis.values.filter(Number.isFinite);
  const [low, high] =
    finite.length === 0
      ? [0, 1]
      : [finite.reduce((a, b) => Math.min(a, b)), finite.reduce((a, b) => Math.max(a, b))];
  const margin = low === high ? 0.5 : 0;
  return scaleBetween(
    lookup,
    { low: low - margin, high: high + margin },
    isUpright ? axis.isDownward === true : true,
  );
}

/** Round numbers at both ends, unless they are asked. */
function valueScale(
  { vmin, vmax, robust }: { vmin?: number; vmax?: number; robust: boolean },
  values: Numbers,
  isUpright: boolean,
): SideScale {
  const range = dataRange(values, robust) ?? { low: 0, high: 1, robustLow: 0, robustHigh: 1 };
  const low = vmin ?? range.robustLow;
  const high = vmax ?? range.robustHigh;
  const margin = high > low ? 0.05 * (high - low) : Math.abs(high) * 0.1 || 1;
  const ends = { low: vmin ?? low - margin, high: vmax ?? high + margin };
  return scaleBetween(
    axisLookup(new Float64Array()),
    ends.low < ends.high ? ends : { low: ends.low, high: ends.low + 1 },
    isUpright,
  );
}

function lineArea(
  { request, titles }: PictureJob,
  left: { readonly axis: PlaneAxis; readonly scale: SideScale },
  bottomAxis: PlaneAxis,
): PlaneArea {
  const { parts, size } = request;
  const unit = size.dpi / 100;
  if (!parts.ticks && parts.title === false) {
    const height = size.height ?? Math.max(1, Math.round(size.width * USUAL_ASPECT));
    return { left: 0, top: 0, width: size.width, height, wholeHeight: height, unit };
  }
  const probe = measuringContext();
  const marks = sideMarks(left.axis, left.scale, 400, 45);
  const margin =
    PAD * unit +
    (parts.ticks
      ? leftWidth(
          probe,
          marks.ticks.map(({ label }) => label),
          marks.label !== "",
          unit,
        )
      : 0);
  const top = PAD * unit + titlesHeight(titles[0] ?? { title: "", subtitle: "" }, unit);
  const bottom =
    PAD * unit + (parts.ticks ? bottomHeight(true, !bottomAxis.coding && !bottomAxis.degrees, unit) : 0);
  const height = Math.max(
    1,
    Math.round(size.height === undefined ? USUAL_ASPECT * size.width : size.height - top - bottom),
  );
  const width = Math.max(1, Math.round(size.width - margin - (PAD + 8) * unit));
  return {
    left: Math.round(margin),
    top: Math.round(top),
    width,
    height,
    wholeHeight: size.height ?? Math.ceil(top + height + bottom),
    unit,
  };
}

function drawGrid(
  context: SKRSContext2D,
  across: readonly number[],
  up: readonly number[],
  { left, top, width, height, unit }: PlaneArea,
): void {
  context.beginPath();
  for (const x of across) {
    context.moveTo(left + x, top);
    context.lineTo(left + x, top + height);
  }
  for (const y of up) {
    context.moveTo(left, top + y);
    context.lineTo(left + width, top + y);
  }
  context.strokeStyle = INK.graticule;
  context.lineWidth = 0.7 * unit;
  context.stroke();
}

interface Trace {
  readonly positions: Float64Array;
  readonly values: Numbers;
  readonly along: SideScale;
  readonly value: SideScale;
  readonly isUpright: boolean;
}

/** A line from value to value, with gaps where they are missing; single ones are dots. */
function trace(
  context: SKRSContext2D,
  { positions, values, along, value, isUpright }: Trace,
  area: PlaneArea,
): void {
  const { left, top, width, height, unit } = area;
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  context.beginPath();
  const pixel = (at: number): readonly [number, number] | undefined => {
    const number = values[at] ?? Number.NaN;
    const [a, v] = [along.position(positions[at] ?? Number.NaN), value.position(number)];
    if (!Number.isFinite(a) || !Number.isFinite(v)) return undefined;
    return isUpright ? [left + v * width, top + a * height] : [left + a * width, top + v * height];
  };
  for (let at = 0; at < values.length; at += 1) {
    const here = pixel(at);
    if (!here) continue;
    const isNew = at === 0 || pixel(at - 1) === undefined;
    if (!isNew) context.lineTo(...here);
    else if (at + 1 < values.length && pixel(at + 1)) context.moveTo(...here);
    else dot(context, here, 1.8 * unit);
  }
  context.strokeStyle = INK.line;
  context.lineWidth = (values.length > 2000 ? 0.8 : 1.6) * unit;
  context.lineJoin = "round";
  context.stroke();
  context.restore();
}

function dot(context: SKRSContext2D, [x, y]: readonly [number, number], radius: number): void {
  context.fillStyle = INK.line;
  context.fillRect(x - radius, y - radius, 2 * radius, 2 * radius);
}
