import { windowOf } from "../draw/choose-map.ts";
import { gridProjection } from "../projection/grid-projection.ts";
import type { Box, PictureRequest } from "../request/picture-request.ts";
import { type Axis, isTexts } from "./axis.ts";
import type { Drawing } from "./choose-dimensions.ts";
import { longitudePicks, picksWithin } from "./horizontal-picks.ts";
import type { Layout } from "./layout.ts";
import type { Pick } from "./read-block.ts";

/** Maps that are rectangles of longitudes and latitudes. */
const RECTANGLES = ["PlateCarree", "Mercator", "native"];
/** Maps whose rows are parallels. */
const ROWS = [...RECTANGLES, "Robinson", "Mollweide", "EqualEarth"];

/** What of the axes on the ground a box needs, by dimension; none where all is needed. */
export async function horizontalPicks(
  { shape }: Drawing,
  { bbox, projection }: PictureRequest,
  axisOf: (dim: string) => Promise<Axis>,
): Promise<ReadonlyMap<string, Pick>> {
  const picks = new Map<string, Pick>();
  if (shape.kind !== "map" || shape.layout.kind !== "axes" || !bbox) return picks;
  const { layout } = shape;
  const [x, y] = [numbersOf(await axisOf(layout.xDim)), numbersOf(await axisOf(layout.yDim))];
  if (layout.plane.kind !== "geographic") return planePicks({ layout, x, y }, bbox, projection);
  if (RECTANGLES.includes(projection)) picks.set(layout.xDim, longitudePicks(x, bbox));
  if (ROWS.includes(projection)) picks.set(layout.yDim, picksWithin(y, bbox[1], bbox[3]));
  return picks;
}

interface PlaneAxes {
  readonly layout: Extract<Layout, { kind: "axes" }>;
  readonly x: Float64Array;
  readonly y: Float64Array;
}

function planePicks({ layout, x, y }: PlaneAxes, bbox: Box, projection: string): Map<string, Pick> {
  const window = RECTANGLES.includes(projection) ? windowOf(gridProjection(layout.plane), bbox) : undefined;
  if (!window) return new Map();
  return new Map([
    [layout.xDim, picksWithin(x, window.x0, window.x1)],
    [layout.yDim, picksWithin(y, window.y0, window.y1)],
  ]);
}

export function numbersOf({ values }: Axis): Float64Array {
  return isTexts(values) ? Float64Array.from(values, (_, at) => at) : values;
}
