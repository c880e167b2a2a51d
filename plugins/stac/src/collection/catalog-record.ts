import type { BoundingBox } from "@zarr-gateway/dataset";
import type { DatasetSummary } from "@zarr-gateway/plugin";
import { validDateTime } from "../item/date-time.ts";
import { roundedBox } from "../item/geometry.ts";
import { plainLine } from "../item/plain-text.ts";

/** One item as searches see it. */
export interface CatalogRecord {
  /** Among the records of its state. */
  readonly position: number;
  readonly id: string;
  readonly collection: string;
  readonly summary: DatasetSummary;
  /** As in the item's `bbox`: west is greater than east where it crosses the antimeridian. */
  readonly box: BoundingBox | undefined;
  /** RFC 3339; undefined where the dataset has no time. */
  readonly start: string | undefined;
  readonly end: string | undefined;
  /** Milliseconds since 1970; NaN where the dataset has no time. */
  readonly startMs: number;
  readonly endMs: number;
  readonly title: string;
  /** Lower case: all that free text looks into. */
  readonly text: string;
}

/** The record of a summary that tells no failure. */
export function recordOf(
  summary: DatasetSummary,
  { collection, position }: Pick<CatalogRecord, "collection" | "position">,
): CatalogRecord {
  const { id, bbox, keywords = [], variables = [], facets = {} } = summary;
  const start = summary.start === undefined ? undefined : validDateTime(summary.start);
  const end = summary.end === undefined ? undefined : validDateTime(summary.end);
  // an item without a range has one moment, as `stacItem` writes it
  const moment = summary.created ?? summary.modified;
  const startMs = Date.parse(
    start ?? (moment === undefined ? "1970-01-01T00:00:00Z" : validDateTime(moment)),
  );
  const title = plainLine(summary.title ?? "") || id;
  const words = [id, title, ...keywords, ...variables.slice(0, 200), ...Object.values(facets)];
  return {
    position,
    id,
    collection,
    summary,
    box: bbox && roundedBox(bbox),
    start,
    end,
    startMs,
    endMs: end === undefined ? startMs : Date.parse(end),
    title,
    text: words.join("\n").slice(0, 4000).toLowerCase(),
  };
}

export function hasTime({ start }: CatalogRecord): boolean {
  return start !== undefined;
}
