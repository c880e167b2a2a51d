import type { CatalogRecord } from "../collection/catalog-record.ts";
import type { CatalogState } from "../collection/catalog-state.ts";
import { areaOfBox, boundsOf, intersects, mayMeet, rectangles } from "./area.ts";
import { compileFilter, type Predicate } from "./compile-filter.ts";
import type { SearchRequest } from "./search-request.ts";

/** The records that a search means, in the order of their ids. */
export function findRecords(state: CatalogState, request: SearchRequest): readonly CatalogRecord[] {
  const candidates = candidatesOf(state, request);
  const predicates = predicatesOf(request);
  const hits =
    request.bbox && candidates === state.records
      ? inBox(state, request.bbox)
      : request.bbox
        ? candidates.filter(
            ({ box }) =>
              box !== undefined &&
              intersects(box, areaOfBox(request.bbox as NonNullable<typeof request.bbox>)),
          ) // just checked
        : candidates;
  const found =
    predicates.length === 0
      ? hits
      : hits.filter((record) => predicates.every((test) => test(record) === true));
  return found;
}

/** By id or collection, which need no search. */
function candidatesOf(state: CatalogState, { ids, collections }: SearchRequest): readonly CatalogRecord[] {
  if (ids !== undefined && ids.length > 0) {
    const found = [...new Set(ids)].map((id) => state.byId.get(id)).filter((record) => record !== undefined);
    return collections?.length ? found.filter(({ collection }) => collections.includes(collection)) : found;
  }
  if (collections === undefined || collections.length === 0) return state.records;
  const [only] = collections;
  if (collections.length === 1 && only !== undefined) {
    const members = state.collections.get(only) ?? [];
    return members.length === state.records.length ? state.records : members;
  }
  return [...new Set(collections)].flatMap((id) => state.collections.get(id) ?? []);
}

/** Over the plain numbers of all boxes, which is faster than any tree for as many as there are. */
function inBox({ records, boxes }: CatalogState, box: NonNullable<SearchRequest["bbox"]>): CatalogRecord[] {
  const found: CatalogRecord[] = [];
  const parts = rectangles(box);
  for (const [position, record] of records.entries()) {
    const at = 4 * position;
    const [west, south, east, north] = [
      boxes[at] ?? 0,
      boxes[at + 1] ?? 0,
      boxes[at + 2] ?? 0,
      boxes[at + 3] ?? 0,
    ];
    const isHit = parts.some(
      ([w, s, e, n]) =>
        south <= n && north >= s && (west <= east ? west <= e && east >= w : west <= e || east >= w),
    );
    if (isHit) found.push(record);
  }
  return found;
}

function predicatesOf(request: SearchRequest): Predicate[] {
  const { intersects: area, interval, words, filter } = request;
  const predicates: Predicate[] = [];
  if (interval) {
    const [start, end] = interval;
    predicates.push(({ startMs, endMs }) => startMs <= end && endMs >= start);
  }
  if (area) {
    const bounds = boundsOf(area);
    predicates.push(({ box }) => box !== undefined && mayMeet(box, bounds) && intersects(box, area));
  }
  if (words.length > 0) predicates.push(({ text }) => words.some((word) => text.includes(word)));
  if (filter !== undefined) predicates.push(compileFilter(filter));
  return predicates;
}
