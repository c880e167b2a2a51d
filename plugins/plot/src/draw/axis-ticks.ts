import type { SKRSContext2D } from "@napi-rs/canvas";
import { font } from "./fonts.ts";
import { INK } from "./ink.ts";

/** A mark on a side of the drawn area; `at` in pixels from its left or upper end. */
export interface AxisTick {
  readonly at: number;
  readonly label: string;
}

export interface AxisMarks {
  readonly ticks: readonly AxisTick[];
  /** Name and unit of the axis; empty where the ticks say it. */
  readonly label: string;
}

export interface Area {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Size of a pixel at 100 dpi. */
  readonly unit: number;
}

export const TICK_SIZE = 10.5;
const LABEL_SIZE = 11.5;

/** Pixels to the left that labels take. */
export function leftWidth(
  context: SKRSContext2D,
  labels: readonly string[],
  hasLabel: boolean,
  unit: number,
): number {
  context.font = font(TICK_SIZE * unit);
  const widest = Math.max(0, ...labels.map((text) => context.measureText(text).width));
  return (widest > 0 ? widest + 8 * unit : 0) + (hasLabel ? (LABEL_SIZE + 6) * unit : 0);
}

export function bottomHeight(hasTicks: boolean, hasLabel: boolean, unit: number): number {
  return ((hasTicks ? TICK_SIZE + 9 : 0) + (hasLabel ? LABEL_SIZE + 7 : 0)) * unit;
}

export function drawBottomAxis(context: SKRSContext2D, { ticks, label }: AxisMarks, area: Area): void {
  const { left, top, width, height, unit } = area;
  const bottom = top + height;
  context.font = font(TICK_SIZE * unit);
  context.fillStyle = INK.text;
  context.textAlign = "center";
  context.textBaseline = "top";
  context.beginPath();
  let lastEnd = Number.NEGATIVE_INFINITY;
  for (const tick of ticks) {
    const x = left + tick.at;
    context.moveTo(x, bottom);
    context.lineTo(x, bottom + 4 * unit);
    const half = context.measureText(tick.label).width / 2;
    if (x - half < lastEnd + 4 * unit) continue; // it would run into the one before
    context.fillText(tick.label, x, bottom + 7 * unit);
    lastEnd = x + half;
  }
  finish(context, unit);
  if (label === "") return;
  context.font = font(LABEL_SIZE * unit);
  context.fillText(label, left + width / 2, bottom + (TICK_SIZE + 12) * unit);
}

export function drawLeftAxis(context: SKRSContext2D, { ticks, label }: AxisMarks, area: Area): void {
  const { left, top, height, unit } = area;
  context.font = font(TICK_SIZE * unit);
  context.fillStyle = INK.text;
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.beginPath();
  for (const tick of ticks) {
    const y = top + tick.at;
    context.moveTo(left, y);
    context.lineTo(left - 4 * unit, y);
    context.fillText(tick.label, left - 7 * unit, y + 0.5 * unit);
  }
  finish(context, unit);
  if (label === "") return;
  const widest = Math.max(0, ...ticks.map((tick) => context.measureText(tick.label).width));
  context.save();
  context.translate(left - widest - 13 * unit, top + height / 2);
  context.rotate(-Math.PI / 2);
  context.font = font(LABEL_SIZE * unit);
  context.textAlign = "center";
  context.textBaseline = "bottom";
  context.fillText(label, 0, 0);
  context.restore();
}

function finish(context: SKRSContext2D, unit: number): void {
  context.strokeStyle = INK.frame;
  context.lineWidth = 0.9 * unit;
  context.stroke();
}

/** The rectangle around what is drawn. */
export function drawFrame(context: SKRSContext2D, { left, top, width, height, unit }: Area): void {
  context.strokeStyle = INK.frame;
  context.lineWidth = unit;
  context.strokeRect(left, top, width, height);
}
