import { GatewayError } from "@zarr-gateway/primitives";
import type { PictureRequest } from "../request/picture-request.ts";
import { type Axis, isTexts } from "./axis.ts";
import { type Dimension, namedDimension } from "./choose-dimensions.ts";
import { findLabel, labelAt } from "./find-label.ts";
import type { Pick } from "./read-block.ts";

type Wish = PictureRequest;

/** One position along a dimension that is not drawn. */
export interface Chosen {
  readonly axis: Axis;
  readonly at: number;
  readonly label: string;
}

/** @throws GatewayError invalid_request for names that the variable has no dimension for */
export function checkNamed(wish: Wish, dimensions: readonly Dimension[]): void {
  const known = dimensions.map(({ name }) => `"${name}"`).join(", ");
  const seen = new Set<string>();
  for (const name of [...Object.keys(wish.labels), ...Object.keys(wish.positions)]) {
    const dimension = namedDimension(name, dimensions);
    if (!dimension)
      throw new GatewayError("invalid_request", `the variable has no dimension "${name}", it has ${known}`, {
        dimension: name,
      });
    if (seen.has(dimension.name))
      throw new GatewayError("invalid_request", `the position along "${dimension.name}" is given twice`);
    seen.add(dimension.name);
  }
}

/** What a request says about one dimension. */
function saidOf(name: string, wish: Wish, dimensions: readonly Dimension[]) {
  const find = (given: Readonly<Record<string, string>>): string | undefined =>
    Object.entries(given).find(([key]) => namedDimension(key, dimensions)?.name === name)?.[1];
  return { label: find(wish.labels), position: find(wish.positions) };
}

/** What a request wants along a dimension: one place, several, or nothing in particular. */
export function askedAlong(
  { name, kind }: Dimension,
  wish: Wish,
  dimensions: readonly Dimension[],
): "place" | "range" | undefined {
  const { label, position } = saidOf(name, wish, dimensions);
  if (label === undefined && position === undefined) return undefined;
  const parts =
    label === undefined ? position?.split(":") : kind === "time" ? splitTimes(label) : label.split(/[:/]/);
  return (parts?.length ?? 1) > 1 ? "range" : "place";
}

/** Names of dimensions whose later positions are predictions: the first is the one that is surely there. */
const LEAD = /^(lead|step|forecast|fcst|prediction)/i;

function isLeadAxis({ dim }: Axis, dimensions: readonly Dimension[]): boolean {
  return dimensions.some(({ name, isLead }) => name === dim && isLead);
}

/** The label or position that is asked; else the last time, and the first of everything else. */
export function choosePosition(axis: Axis, wish: Wish, dimensions: readonly Dimension[]): Chosen {
  const { label, position } = saidOf(axis.dim, wish, dimensions);
  const size = axis.values.length;
  const at =
    label !== undefined
      ? findLabel(axis, label, wish.isNearest)
      : position !== undefined
        ? parsePosition(axis.dim, position, size)
        : axis.kind === "time" && !LEAD.test(axis.dim)
          ? size - 1
          : 0;
  return { axis, at, label: labelAt(axis, at) };
}

function parsePosition(dim: string, text: string, size: number): number {
  const position = /^[+-]?\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  const at = position < 0 ? position + size : position;
  if (at >= 0 && at < size) return at;
  throw new GatewayError(
    "invalid_request",
    `isel.${dim}=${text.slice(0, 40)}: expected a whole number from ${-size} to ${size - 1}`,
    { dimension: dim },
  );
}

/**
 * Positions of the frames: a range of labels `2013-01:2013-03` or of positions `0:24:2`, else the last that are allowed;
 * of lead times the first, which cost a model the least.
 * @throws GatewayError invalid_request where the range has more than `frames` in it
 */
export function chooseFrames(axis: Axis, wish: Wish, dimensions: readonly Dimension[]): Pick {
  const { label, position } = saidOf(axis.dim, wish, dimensions);
  const size = axis.values.length;
  const most = wish.animation?.frames ?? 1;
  const range =
    label !== undefined
      ? labelRange(axis, label, wish.isNearest)
      : position !== undefined
        ? positionRange(axis.dim, position, size)
        : {
            start: isLeadAxis(axis, dimensions) ? 0 : Math.max(0, size - most),
            step: 1,
            count: Math.min(size, most),
          };
  if (range.count < 1)
    throw new GatewayError("invalid_request", `nothing of "${axis.dim}" lies in the range`);
  if (range.count > most)
    throw new GatewayError(
      "invalid_request",
      `the range of "${axis.dim}" has ${range.count} frames, ${most} are asked at most: frames=${range.count} asks for more, isel.${axis.dim}=a:b:step for fewer`,
    );
  return range;
}

function positionRange(dim: string, text: string, size: number): Pick {
  const [, from = "", to = "", by = ""] = /^(-?\d{1,12})?:(-?\d{1,12})?(?::(\d{1,12}))?$/.exec(text) ?? [];
  if (!text.includes(":") || (from === "" && to === "" && by === "" && text !== ":"))
    return { start: parsePosition(dim, text, size), step: 1, count: 1 };
  const clamp = (value: number): number => Math.max(0, Math.min(size, value < 0 ? value + size : value));
  const [start, end] = [clamp(from === "" ? 0 : Number(from)), clamp(to === "" ? size : Number(to))];
  const step = Math.max(1, Number(by || 1));
  return { start, step, count: Math.max(0, Math.ceil((end - start) / step)) };
}

/** Both ends are inside, as in views. Times have colons of their own: the one in the middle parts them. */
function labelRange(axis: Axis, text: string, isNearest: boolean): Pick {
  const parts = axis.kind === "time" ? splitTimes(text) : text.split(/[:/]/, 3);
  if (parts.length !== 2) return { start: findLabel(axis, text, isNearest), step: 1, count: 1 };
  const [from = "", to = ""] = parts;
  const first = from === "" ? 0 : findLabel(axis, from, true);
  const last = to === "" ? axis.values.length - 1 : lastOf(axis, to);
  return { start: Math.min(first, last), step: 1, count: Math.abs(last - first) + 1 };
}

/** `2013-01` as an end means its last time. */
function lastOf(axis: Axis, text: string): number {
  const at = findLabel(axis, text, true);
  if (isTexts(axis.values) || axis.kind !== "time") return at;
  let last = at;
  while (
    last + 1 < axis.values.length &&
    labelAt(axis, last + 1)
      .replace(" ", "T")
      .startsWith(text.replace(" ", "T"))
  )
    last += 1;
  return last;
}

function splitTimes(text: string): string[] {
  if (text.includes("/")) return text.split("/", 3);
  const colons = [...text.matchAll(/:/g)].map(({ index }) => index);
  if (colons.length % 2 === 0) return [text];
  const middle = colons[(colons.length - 1) / 2] ?? 0;
  return [text.slice(0, middle), text.slice(middle + 1)];
}
