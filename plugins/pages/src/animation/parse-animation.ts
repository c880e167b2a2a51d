import { GatewayError } from "@zarr-gateway/primitives";

/** What a path asks for, before anybody has looked whether the dataset has it. */
export interface AnimationRequest {
  readonly variable: string;
  readonly kind: string;
  readonly colours: string;
  readonly ranges: readonly AnimationRange[];
}

/** `time/-12_-1`, `lat/20_73`, `time/2013-01_2013-06`. */
export interface AnimationRange {
  readonly coordinate: string;
  readonly text: string;
  readonly low: string;
  readonly high: string;
}

/** Of hvplot, all that it has for a dataset. */
const KINDS = new Set(
  "line step scatter area errorbars heatmap hexbin bivariate bar barh box violin hist kde density table dataset points vectorfield polygons paths labels image rgb quadmesh contour contourf".split(
    " ",
  ),
);
const MAX_RANGES = 16;

/**
 * `{variable}/{kind}/{cmap}/{coordinate}/{low}_{high}/…`, in the grammar and the words of cloudify.
 * @throws GatewayError not_found for what it does not know
 */
export function parseAnimation(segments: readonly string[]): AnimationRequest {
  const [variable = "", kind = "", colours = "", ...rest] = segments;
  if (!KINDS.has(kind)) throw missing(`Cannot use '${kind}' for plotting`);
  const parts = rest.filter((part) => part !== "");
  if (parts.length % 2 !== 0 || parts.length > 2 * MAX_RANGES) {
    const list = parts.slice(0, 8).map((part) => `'${part}'`);
    throw missing(`Variable '[${list.join(", ")}]' must have length 4`);
  }
  const ranges: AnimationRange[] = [];
  for (let at = 0; at < parts.length; at += 2) {
    const [coordinate = "", text = ""] = [parts[at], parts[at + 1]];
    const [low, high] = text.split("_");
    if (low === undefined || high === undefined || low === "" || high === "") throw badRange(text);
    ranges.push({ coordinate, text, low, high });
  }
  return { variable, kind, colours, ranges };
}

export function badRange(text: string): GatewayError {
  return missing(`Could not use range ${text.slice(0, 80)}. Must be separated by '_' and of type integer.`);
}

export function missing(message: string): GatewayError {
  return new GatewayError("not_found", message);
}
