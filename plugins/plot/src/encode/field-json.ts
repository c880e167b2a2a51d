import type { ColourScale } from "../colour/colour-scale.ts";
import type { MapPlan } from "../draw/map-plan.ts";
import type { Numbers, PictureJob } from "../draw/picture-job.ts";

/** What of a variable a picture shows, in the variable's own order. Plain data. */
export interface DrawnValues {
  readonly variable: string;
  readonly dims: readonly string[];
  readonly shape: readonly number[];
  /** Rows of the picture are columns of the variable. */
  readonly isTransposed: boolean;
  /** Of each drawn dimension: first position, and the way to the next. */
  readonly positions: Readonly<
    Record<string, { readonly start: number; readonly step: number; readonly count: number }>
  >;
  /** Labels of the others. */
  readonly selection: Readonly<Record<string, string | number>>;
  readonly unit?: string;
  readonly longName?: string;
  /** Coordinates of drawn dimensions; times as text. */
  readonly coords: Readonly<Record<string, readonly (number | string | null)[]>>;
}

/**
 * `{variable, dims, shape, coords, selection, positions, unit, scale, extent, projection, values}`: values nested by
 * dimension, null for what is missing.
 */
export function fieldJson(
  values: Numbers,
  { drawn }: PictureJob & { readonly drawn: DrawnValues },
  { scale, plan }: { readonly scale: ColourScale; readonly plan: MapPlan | undefined },
): string {
  const { isTransposed: _, ...about } = drawn;
  const { cmap, vmin, vmax, levels, extendsBelow, extendsAbove } = scale;
  const extend = extendsBelow ? (extendsAbove ? "both" : "min") : extendsAbove ? "max" : "neither";
  const head = JSON.stringify({
    ...about,
    scale: { cmap, vmin, vmax, extend, ...(levels && { levels }) },
    ...(plan && mapAbout(plan)),
  });
  return `${head.slice(0, -1)},"values":${nested(values, drawn.shape)}}\n`;
}

function mapAbout({ view: { projection, window } }: MapPlan): object {
  const { x0, y0, x1, y1 } = window;
  const middle = projection.centralLongitude;
  const isDegrees = projection.name === "PlateCarree";
  return {
    projection: { name: projection.name, centralLongitude: middle },
    extent: isDegrees ? { west: x0 + middle, south: y0, east: x1 + middle, north: y1 } : { x0, y0, x1, y1 },
  };
}

function nested(values: Numbers, shape: readonly number[]): string {
  const [columns = values.length] = shape.slice(-1);
  const rows: string[] = [];
  for (let at = 0; at < values.length; at += columns) {
    const numbers = Array.from(values.subarray(at, at + columns), (value) =>
      Number.isFinite(value) ? shortest(value, values) : "null",
    );
    rows.push(`[${numbers.join(",")}]`);
  }
  let level = rows;
  for (const size of shape.slice(1, -1).reverse()) {
    const grouped: string[] = [];
    for (let at = 0; at < level.length; at += size) grouped.push(`[${level.slice(at, at + size).join(",")}]`);
    level = grouped;
  }
  return shape.length === 1 ? (level[0] ?? "[]") : `[${level.join(",")}]`;
}

/** As few digits as tell a float32 from its neighbours; float64 as JSON writes it. */
function shortest(value: number, values: Numbers): string {
  if (!(values instanceof Float32Array)) return String(value);
  const short = value.toPrecision(7);
  return String(Number(Math.fround(Number(short)) === value ? short : value.toPrecision(9)));
}
