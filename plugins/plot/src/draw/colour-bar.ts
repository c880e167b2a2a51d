import type { SKRSContext2D } from "@napi-rs/canvas";
import { type ColourScale, createPalette } from "../colour/colour-scale.ts";
import { formatTicks, niceTicks } from "../colour/nice-ticks.ts";
import { font } from "./fonts.ts";
import { INK } from "./ink.ts";

/** Where the bar stands; `unit` is the size of a pixel at 100 dpi. */
export interface BarPlace {
  readonly left: number;
  readonly top: number;
  readonly height: number;
  readonly unit: number;
}

interface Tick {
  readonly value: number;
  readonly label: string;
}

export interface BarTexts {
  readonly ticks: readonly Tick[];
  /** What is measured, in which unit. */
  readonly label: string;
}

const BAR_WIDTH = 15;
const TICK_SIZE = 10.5;
const LABEL_SIZE = 11.5;

export function barTexts(scale: ColourScale, label: string, height: number): BarTexts {
  const most = Math.max(2, Math.min(9, Math.floor(height / 38)));
  const levels = scale.levels;
  const every = levels ? Math.ceil(levels.length / (2 * most)) : 1;
  const values = levels ? levels.filter((_, at) => at % every === 0) : barTicks(scale, most);
  const { labels, power } = formatTicks(values);
  return {
    ticks: values.map((value, at) => ({ value, label: labels[at] ?? "" })),
    label: power === "" ? label : `${power} ${label}`.trim(),
  };
}

function barTicks({ vmin, vmax }: ColourScale, most: number): number[] {
  return vmax > vmin ? niceTicks(vmin, vmax, most - 1) : [vmin];
}

/** Pixels that the bar and its letters take to the right of the map. */
export function barWidth(context: SKRSContext2D, { ticks, label }: BarTexts, unit: number): number {
  context.font = font(TICK_SIZE * unit);
  const widest = Math.max(0, ...ticks.map(({ label: text }) => context.measureText(text).width));
  return (16 + BAR_WIDTH + 8) * unit + widest + (label === "" ? 0 : (LABEL_SIZE + 9) * unit);
}

export function drawBar(context: SKRSContext2D, scale: ColourScale, texts: BarTexts, place: BarPlace): void {
  const { left, top, height, unit } = place;
  const width = BAR_WIDTH * unit;
  const point = 12 * unit;
  const from = top + (scale.extendsAbove ? point : 0);
  const until = top + height - (scale.extendsBelow ? point : 0);
  fillBar(context, scale, { left, width, from, until });
  drawEnds(context, scale, { left, width, from, until, point });
  outline(context, scale, { left, width, from, until, point }, unit);
  const position = (value: number): number =>
    scale.vmax > scale.vmin
      ? until - ((value - scale.vmin) / (scale.vmax - scale.vmin)) * (until - from)
      : (from + until) / 2;
  context.font = font(TICK_SIZE * unit);
  context.fillStyle = INK.text;
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.beginPath();
  for (const { value, label } of texts.ticks) {
    const y = position(value);
    context.moveTo(left + width, y);
    context.lineTo(left + width + 4 * unit, y);
    context.fillText(label, left + width + 7 * unit, y + 0.5 * unit);
  }
  context.strokeStyle = INK.frame;
  context.lineWidth = 0.9 * unit;
  context.stroke();
  drawLabel(context, texts, place);
}

interface Bar {
  readonly left: number;
  readonly width: number;
  readonly from: number;
  readonly until: number;
}

function fillBar(context: SKRSContext2D, scale: ColourScale, { left, width, from, until }: Bar): void {
  const palette = createPalette(scale);
  const rows = Math.max(1, Math.round(until - from));
  const span = scale.vmax - scale.vmin;
  for (let row = 0; row < rows; row += 1) {
    const value = span > 0 ? scale.vmax - ((row + 0.5) / rows) * span : scale.vmin;
    context.fillStyle = cssColour(palette.colours[palette.indexOf(value)] ?? 0);
    const y = from + (row * (until - from)) / rows;
    context.fillRect(left, y, width, Math.min(until - y, (until - from) / rows + 0.6));
  }
}

function drawEnds(context: SKRSContext2D, scale: ColourScale, bar: Bar & { readonly point: number }): void {
  const palette = createPalette(scale);
  const { left, width, from, until, point } = bar;
  const triangle = (base: number, tip: number, colour: number): void => {
    context.beginPath();
    context.moveTo(left, base);
    context.lineTo(left + width / 2, tip);
    context.lineTo(left + width, base);
    context.closePath();
    context.fillStyle = cssColour(colour);
    context.fill();
  };
  if (scale.extendsAbove) triangle(from, from - point, palette.colours.at(-1) ?? 0);
  if (scale.extendsBelow) triangle(until, until + point, palette.colours[0] ?? 0);
}

function outline(
  context: SKRSContext2D,
  { extendsAbove, extendsBelow }: ColourScale,
  { left, width, from, until, point }: Bar & { readonly point: number },
  unit: number,
): void {
  context.beginPath();
  context.moveTo(left, from);
  if (extendsAbove) context.lineTo(left + width / 2, from - point);
  context.lineTo(left + width, from);
  context.lineTo(left + width, until);
  if (extendsBelow) context.lineTo(left + width / 2, until + point);
  context.lineTo(left, until);
  context.closePath();
  context.strokeStyle = INK.frame;
  context.lineWidth = 0.9 * unit;
  context.stroke();
}

/** Upright beside the ticks, read from below; cut where it is longer than the bar. */
function drawLabel(
  context: SKRSContext2D,
  { ticks, label }: BarTexts,
  { left, top, height, unit }: BarPlace,
): void {
  if (label === "") return;
  context.font = font(TICK_SIZE * unit);
  const widest = Math.max(0, ...ticks.map(({ label: text }) => context.measureText(text).width));
  context.save();
  context.translate(left + (BAR_WIDTH + 8) * unit + widest + 6 * unit, top + height / 2);
  context.rotate(-Math.PI / 2);
  context.font = font(LABEL_SIZE * unit);
  context.fillStyle = INK.text;
  context.textAlign = "center";
  context.textBaseline = "top";
  context.fillText(fittedText(context, label, height * 1.1), 0, 0);
  context.restore();
}

/** The text, or its beginning where it is too long for the place. */
export function fittedText(context: SKRSContext2D, text: string, width: number): string {
  if (context.measureText(text).width <= width) return text;
  let kept = text.slice(0, 400);
  while (kept.length > 1 && context.measureText(`${kept}…`).width > width)
    kept = kept.slice(0, Math.floor(kept.length * 0.95));
  return `${kept.trimEnd()}…`;
}

export function cssColour(word: number): string {
  return `rgb(${word & 255}, ${(word >> 8) & 255}, ${(word >> 16) & 255})`;
}
