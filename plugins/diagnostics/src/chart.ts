import { type Html, html } from "@zarr-gateway/plugin";
import type { DerivedArray, Element } from "./derived-array.ts";

const WIDTH = 720;
const HEIGHT = 260;
const LEFT = 64;
const RIGHT = 16;
const TOP = 14;
const BOTTOM = 40;
const MAX_POINTS = 2000;
const MAX_LABELS = 13;

/** A line through the values of an array with one dimension, with what it shows below; undefined for other arrays. */
export function chart(array: DerivedArray): Html | undefined {
  const drawn = chartSvg(array, "currentColor");
  return drawn && html`<figure class="chart">${drawn}<figcaption>${captionOf(array)}</figcaption></figure>`;
}

function captionOf({ name, dims, attrs }: DerivedArray): string {
  const unit = typeof attrs["units"] === "string" ? ` [${attrs["units"]}]` : "";
  return `${name}${unit} along ${dims[0] ?? ""}`;
}

/** The same as a picture of its own, whose letters are in one colour. */
export function chartSvg(array: DerivedArray, ink: string): Html | undefined {
  const { dims, elements, coords } = array;
  const [dim] = dims;
  if (dims.length !== 1 || dim === undefined || elements.length < 2 || elements.length > MAX_POINTS)
    return undefined;
  const numbers = elements.map((element) => (typeof element === "number" ? element : undefined));
  const known = numbers.filter((value) => value !== undefined);
  if (known.length === 0) return undefined;
  const ticks = niceTicks(Math.min(...known), Math.max(...known));
  const [low, high] = [ticks[0] ?? 0, ticks.at(-1) ?? 1];
  const x = (at: number): number => round(LEFT + ((WIDTH - LEFT - RIGHT) * at) / (elements.length - 1));
  const y = (value: number): number =>
    round(TOP + (HEIGHT - TOP - BOTTOM) * (1 - (value - low) / (high - low)));
  const labels: readonly Element[] = coords.find((axis) => axis.name === dim)?.labels ?? [];
  const every = Math.ceil(elements.length / MAX_LABELS);
  return html`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="sans-serif" role="img" aria-label="${captionOf(array)}">
<g stroke="${ink}" stroke-opacity="0.15">${ticks.map((tick) => html`<line x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(tick)}" y2="${y(tick)}"/>`)}</g>
<g fill="${ink}" font-size="12" text-anchor="end">${ticks.map((tick) => html`<text x="${LEFT - 8}" y="${y(tick) + 4}">${printed(tick)}</text>`)}</g>
<g fill="${ink}" font-size="12" text-anchor="middle">${elements.map((_, at) => (at % every === 0 ? html`<text x="${x(at)}" y="${HEIGHT - BOTTOM + 20}">${label(labels[at] ?? at)}</text>` : undefined))}</g>
<polyline fill="none" stroke="#0a7ea4" stroke-width="2.5" stroke-linejoin="round" points="${pathOf(numbers, x, y)}"/>
${elements.length <= 60 ? numbers.map((value, at) => (value === undefined ? undefined : html`<circle r="3.5" fill="#0a7ea4" cx="${x(at)}" cy="${y(value)}"><title>${label(labels[at] ?? at)}: ${printed(value)}</title></circle>`)) : undefined}
</svg>`;
}

/** Round numbers that hold a range between them, five or so. */
export function niceTicks(low: number, high: number): number[] {
  const [from, to] =
    low === high ? [low - (Math.abs(low) || 1) / 2, high + (Math.abs(high) || 1) / 2] : [low, high];
  const rough = (to - from) / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.floor(from / step + 1e-9);
  const last = Math.ceil(to / step - 1e-9);
  return Array.from({ length: last - first + 1 }, (_, at) => Number(((first + at) * step).toPrecision(12)));
}

export function printed(value: Element): string {
  return typeof value === "number" ? String(Number(value.toPrecision(6))) : String(value ?? "–");
}

function pathOf(
  numbers: readonly (number | undefined)[],
  x: (at: number) => number,
  y: (value: number) => number,
): string {
  return numbers.flatMap((value, at) => (value === undefined ? [] : [`${x(at)},${y(value)}`])).join(" ");
}

function label(element: Element | undefined): string {
  const text = printed(element ?? null);
  return /^\d{4}-\d\d-\d\dT/.test(text) ? text.slice(0, 10) : text;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
