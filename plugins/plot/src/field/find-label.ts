import { GatewayError } from "@zarr-gateway/primitives";
import { formatNumber } from "../colour/nice-ticks.ts";
import { similarNames } from "../request/similar-name.ts";
import { type Axis, isTexts } from "./axis.ts";
import { formatTime, parseTimeLabel } from "./time-label.ts";

/** float32 coordinates know seven digits: `0.1` means 0.10000000149. */
const TOLERANCE = 1e-6;
const SHOWN = 60;

/**
 * Position of a label. Times may be shortened: `2013-01` is the first of that month. Texts are compared letter by letter.
 * @param isNearest take the nearest of numbers and times where none is the label
 * @throws GatewayError not_found with the nearest labels; invalid_request for what is no label of this kind
 */
export function findLabel(axis: Axis, text: string, isNearest: boolean): number {
  if (isTexts(axis.values)) {
    const at = axis.values.indexOf(text);
    if (at >= 0) return at;
    throw notFound(axis, text, similarNames(text, axis.values.slice(0, 1000), 5));
  }
  const span = spanOf(axis, text);
  const inside = firstWithin(axis.values, span);
  if (inside >= 0) return inside;
  const near = nearest(axis.values, span.middle);
  if (near < 0) throw notFound(axis, text, []);
  if (isNearest) return near;
  const around = [near - 1, near, near + 1].filter((at) => at >= 0 && at < axis.values.length);
  throw notFound(
    axis,
    text,
    around.map((at) => labelAt(axis, at)),
  );
}

interface Span {
  readonly from: number;
  readonly until: number;
  readonly middle: number;
}

function spanOf(axis: Axis, text: string): Span {
  const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(text.trim()) ? Number(text) : Number.NaN;
  if (axis.coding) {
    const span = parseTimeLabel(text, axis.coding);
    if (span) return { ...span, middle: span.from };
    throw notALabel(axis, text, "a time such as 2013, 2013-01-05 or 2013-01-05T12:00");
  }
  if (!Number.isFinite(number)) throw notALabel(axis, text, "a number");
  const width = Math.abs(number) * TOLERANCE + 1e-12;
  return { from: number - width, until: number + width, middle: number };
}

function firstWithin(values: Float64Array, { from, until }: Span): number {
  return values.findIndex((value) => value >= from && value < until);
}

function nearest(values: Float64Array, wanted: number): number {
  let best = -1;
  let distance = Number.POSITIVE_INFINITY;
  for (let at = 0; at < values.length; at += 1) {
    const here = Math.abs((values[at] ?? Number.NaN) - wanted);
    if (here < distance) {
      best = at;
      distance = here;
    }
  }
  return best;
}

/** A label as people write it, and as `findLabel` understands it. */
export function labelAt(axis: Axis, at: number): string {
  const value = axis.values[at];
  if (typeof value === "string") return value;
  if (value === undefined) return String(at);
  return axis.coding ? formatTime(value, axis.coding) : formatNumber(value).replaceAll("−", "-");
}

function notFound(axis: Axis, text: string, near: readonly string[]): GatewayError {
  const choices = near.map((label) => label.replace(" ", "T"));
  const nearWords = choices.length === 0 ? "" : `; the nearest are ${choices.join(", ")}`;
  const range = rangeOf(axis);
  return new GatewayError(
    "not_found",
    `"${axis.dim}" has no label ${shown(text)}${nearWords}${range}; method=nearest takes the nearest`,
    { dimension: axis.dim, choices },
  );
}

function rangeOf(axis: Axis): string {
  const { length } = axis.values;
  if (length === 0) return "";
  return ` (${length} from ${labelAt(axis, 0)} to ${labelAt(axis, length - 1)})`;
}

function notALabel(axis: Axis, text: string, expected: string): GatewayError {
  return new GatewayError(
    "invalid_request",
    `${axis.dim}=${shown(text)}: expected ${expected}${rangeOf(axis)}`,
    { dimension: axis.dim },
  );
}

function shown(text: string): string {
  return text.length > SHOWN ? `${text.slice(0, SHOWN).toWellFormed()}…` : text;
}
