import { bytesPerElement, elementCount } from "@zarr-gateway/dataset";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import { isDrawnType } from "../drawable.ts";
import type { PictureRequest } from "../request/picture-request.ts";
import { type Axis, readAxis } from "./axis.ts";
import {
  chooseDimensions,
  type Dimension,
  type Drawing,
  dimensionsOf,
  namedDimension,
} from "./choose-dimensions.ts";
import { askedAlong, type Chosen, checkNamed, chooseFrames, choosePosition } from "./choose-positions.ts";
import { horizontalPicks } from "./ground-picks.ts";
import { thinned } from "./horizontal-picks.ts";
import { type Pick, touchedCount } from "./read-block.ts";
import type { Found } from "./scope.ts";

/** What is to be read for a picture. Nothing but coordinates was read to know it. */
export interface FieldPlan {
  readonly found: Found;
  readonly request: PictureRequest;
  readonly drawing: Drawing;
  /** One for each dimension of the variable. */
  readonly picks: readonly Pick[];
  readonly dimensions: readonly Dimension[];
  /** Positions along what is not drawn. */
  readonly chosen: readonly Chosen[];
  /** Set for pictures that move. */
  readonly frames?: { readonly axis: Axis; readonly pick: Pick };
  readonly axisOf: (dim: string) => Promise<Axis>;
}

export interface FieldLimits {
  /** Values of one picture, or of all frames of one. */
  readonly maxValues: number;
  /** Bytes of the chunks that have to be read, before compression. */
  readonly maxBytes: number;
}

export type PlanOptions = CallOptions & { readonly dataset: object; readonly limits: FieldLimits };

/**
 * @throws GatewayError invalid_request for variables and selections that cannot be drawn, not_found for labels that do
 *   not exist, too_large where too much would have to be read
 */
export async function planField(
  found: Found,
  request: PictureRequest,
  options: PlanOptions,
): Promise<FieldPlan> {
  checkType(found);
  const dimensions = dimensionsOf(found);
  checkNamed(request, dimensions);
  const animated = animatedDimension(found, request, dimensions);
  const drawing = chooseDimensions(withoutDimension(found, request, animated));
  const axisOf = (dim: string): Promise<Axis> => {
    const size = dimensions.find(({ name }) => name === dim)?.size ?? 0;
    return readAxis(dim, size, found.scope, options);
  };
  const others = dimensions.filter(({ name }) => !drawing.dims.includes(name) && name !== animated?.name);
  const chosen = await Promise.all(
    others.map(async ({ name }) => choosePosition(await axisOf(name), request, dimensions)),
  );
  const frames = animated && { axis: await axisOf(animated.name), pick: { start: 0, step: 1, count: 1 } };
  const framePick = frames && chooseFrames(frames.axis, request, dimensions);
  const ground = await horizontalPicks(drawing, request, axisOf);
  const count = framePick?.count ?? 1;
  const drawn = thinned(
    drawing.dims.map((dim) => ground.get(dim) ?? wholeOf(dim, dimensions)),
    options.limits.maxValues / count,
  );
  const picks = dimensions.map(({ name }): Pick => {
    const at = drawing.dims.indexOf(name);
    if (at >= 0) return drawn[at] ?? wholeOf(name, dimensions);
    if (framePick && name === animated?.name) return framePick;
    return { start: chosen.find(({ axis }) => axis.dim === name)?.at ?? 0, step: 1, count: 1 };
  });
  checkBytes(found, picks, options.limits);
  return {
    found,
    request,
    drawing,
    picks,
    dimensions,
    chosen,
    axisOf,
    ...(frames && framePick && { frames: { axis: frames.axis, pick: framePick } }),
  };
}

function wholeOf(dim: string, dimensions: readonly Dimension[]): Pick {
  return { start: 0, step: 1, count: dimensions.find(({ name }) => name === dim)?.size ?? 0 };
}

function checkType({ path, variable: { source } }: Found): void {
  if (source.storedOnly !== undefined)
    throw new GatewayError("unsupported", `"${path}" has a codec that is not known here: it cannot be drawn`);
  if (!isDrawnType(source.dtype))
    throw new GatewayError(
      "invalid_request",
      `"${path}" holds ${source.dtype}, and only numbers can be drawn`,
    );
}

/** The dimension that moves: the one that is asked, by name or by a range, else the lead time of forecasts, else time, else the first that is not drawn. */
function animatedDimension(
  found: Found,
  request: PictureRequest,
  dimensions: readonly Dimension[],
): Dimension | undefined {
  if (!request.animation) return undefined;
  const { dimension: name } = request.animation;
  const asked = name === undefined ? undefined : namedDimension(name, dimensions);
  const names = dimensions.map((dimension) => dimension.name).join(", ");
  if (name !== undefined && !asked)
    throw new GatewayError("invalid_request", `animate=${name.slice(0, 80)}: expected one of ${names}`);
  const { dims } = chooseDimensions({ ...found, ...wishOf(request) });
  const left = dimensions.filter(({ name: dim }) => !dims.includes(dim));
  const said = (dimension: Dimension) => askedAlong(dimension, request, dimensions);
  const moving =
    left.find((dimension) => said(dimension) === "range") ??
    left.find((dimension) => dimension.isLead && dimension.size > 1 && said(dimension) === undefined) ??
    left.find(({ kind }) => kind === "time") ??
    left.find(({ size }) => size > 1);
  const chosen = asked ?? moving;
  if (!chosen)
    throw new GatewayError(
      "invalid_request",
      `"${found.path}" (${names}) has no dimension left that could move`,
    );
  return chosen;
}

type Wished = Parameters<typeof chooseDimensions>[0];

function wishOf({ kind, x, y, labels, positions }: PictureRequest) {
  return {
    wish: {
      labels,
      positions,
      ...(kind && { kind }),
      ...(x !== undefined && { x }),
      ...(y !== undefined && { y }),
    },
  };
}

/** The animated dimension is not drawn, even where no position along it is asked. */
function withoutDimension(found: Found, request: PictureRequest, animated: Dimension | undefined): Wished {
  const { wish } = wishOf(request);
  if (!animated) return { ...found, wish };
  return { ...found, wish: { ...wish, positions: { ...wish.positions, [animated.name]: "0" } } };
}

function checkBytes(
  { path, variable: { source } }: Found,
  picks: readonly Pick[],
  { maxBytes }: FieldLimits,
): void {
  const chunkBytes = elementCount(source.grid.chunkShape) * (bytesPerElement(source.dtype) ?? 8);
  const bytes =
    touchedCount(source, picks) *
    Math.min(chunkBytes, elementCount(source.grid.shape) * (bytesPerElement(source.dtype) ?? 8));
  if (bytes <= maxBytes) return;
  const mebibytes = (value: number): string => `${Math.round(value / 2 ** 20)} MiB`;
  throw new GatewayError(
    "too_large",
    `${mebibytes(bytes)} of "${path}" would have to be read for this picture, ${mebibytes(maxBytes)} are allowed: choose a smaller bbox, fewer frames or a shorter range`,
    { bytes, maxBytes },
  );
}
