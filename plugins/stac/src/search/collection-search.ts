import type { BoundingBox } from "@zarr-gateway/dataset";
import type { Collection } from "../collection/collection.ts";
import { areaOfBox, intersects } from "./area.ts";
import { parseQuery } from "./parse-search.ts";

export interface CollectionPage {
  readonly collections: readonly Collection[];
  readonly matched: number;
  readonly next: string | undefined;
  readonly previous: string | undefined;
}

/** Collections by box, time, words and ids (STAC API collection search). */
export function searchCollections(all: readonly Collection[], query: URLSearchParams): CollectionPage {
  const { bbox, interval, words, ids, limit, offset } = parseQuery(query);
  const area = bbox && areaOfBox(bbox);
  const matches = all.filter((collection) => {
    const { box, start, end } = extentOf(collection);
    if (ids?.length && !ids.includes(collection.id)) return false;
    if (area && !(box && intersects(box, area))) return false;
    if (interval && (start > interval[1] || end < interval[0])) return false;
    const text = textOf(collection);
    return words.length === 0 || words.some((word) => text.includes(word));
  });
  // without a wish all of them: clients of old do not look for further pages
  const page = query.has("limit") || query.has("token") ? matches.slice(offset, offset + limit) : matches;
  const after = offset + page.length;
  return {
    collections: page,
    matched: matches.length,
    next:
      after < matches.length && page.length > 0 && page.length !== matches.length ? String(after) : undefined,
    previous: offset > 0 ? String(Math.max(0, offset - limit)) : undefined,
  };
}

interface Extent {
  readonly spatial: { readonly bbox: readonly BoundingBox[] };
  readonly temporal: { readonly interval: readonly (readonly [string | null, string | null])[] };
}

function extentOf(collection: Collection): { box: BoundingBox | undefined; start: number; end: number } {
  const { spatial, temporal } = collection["extent"] as Extent; // as `stacCollection` writes it
  const [start, end] = temporal.interval[0] ?? [null, null];
  return {
    box: spatial.bbox[0],
    start: start === null ? Number.NEGATIVE_INFINITY : Date.parse(start),
    end: end === null ? Number.POSITIVE_INFINITY : Date.parse(end),
  };
}

function textOf({ id, title, description, keywords }: Collection): string {
  return [id, title, description, keywords].flat().join("\n").toLowerCase();
}
