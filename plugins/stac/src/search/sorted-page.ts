import type { CatalogRecord } from "../collection/catalog-record.ts";
import type { CatalogState } from "../collection/catalog-state.ts";
import { sortableOf } from "./properties.ts";
import type { SearchRequest, SortKey } from "./search-request.ts";

/** Up to so many the first are picked out; for more, all are sorted. */
const MAX_PICKED = 1000;

/** The page of some records that a search asks for; what is equal, or without a wish all, stays in the order given. */
export function sortedPage(
  state: CatalogState,
  positions: Int32Array,
  { sort, offset, limit }: Pick<SearchRequest, "sort" | "offset" | "limit">,
): readonly CatalogRecord[] {
  const end = Math.min(offset + limit, positions.length);
  const places = sort.length === 0 ? undefined : placesInOrder(state, positions, { sort, end });
  const page = places
    ? Array.from(places.subarray(offset, end), (place) => positions[place % positions.length] as number) // places of `positions`
    : [...positions.subarray(offset, end)];
  return page.map((position) => state.records[position] as CatalogRecord); // positions of records
}

/** Ranks of some records, each below `size`. */
interface Ranks {
  readonly ranks: Float64Array<ArrayBuffer>;
  readonly size: number;
}

/**
 * The first `end` at least: places, modulo how many there are. A rank and the place of its record make one number, which
 * sorts without a comparison of ours.
 */
function placesInOrder(
  state: CatalogState,
  positions: Int32Array,
  { sort, end }: { readonly sort: readonly SortKey[]; readonly end: number },
): Float64Array {
  const count = positions.length;
  let all: Ranks = { ranks: new Float64Array(count), size: 1 };
  for (const key of sort) {
    const next = ranksBy(state, positions, key);
    // beyond this whole numbers are not all told apart
    if (all.size * next.size * count > Number.MAX_SAFE_INTEGER) all = denser(all);
    for (let at = 0; at < count; at += 1)
      next.ranks[at] = (all.ranks[at] as number) * next.size + (next.ranks[at] as number); // as many
    all = { ranks: next.ranks, size: all.size * next.size };
  }
  const placed = all.ranks;
  for (let at = 0; at < count; at += 1) placed[at] = (placed[at] as number) * count + at; // inside
  return end <= MAX_PICKED ? smallest(placed, end) : placed.sort();
}

/** What has no value comes last, either way. */
function ranksBy(
  { columns, facetNames }: CatalogState,
  positions: Int32Array,
  { field, isDescending }: SortKey,
): Ranks {
  sortableOf(field, facetNames);
  const column = columns.column(field);
  const ofCodes = columns.ranks(column);
  const last = column.values.length;
  const ofValues = new Float64Array(last);
  for (const [code, value] of column.values.entries()) {
    const rank = ofCodes[code] as number; // of the column
    ofValues[code] = value === undefined ? last : isDescending ? last - 1 - rank : rank;
  }
  const ranks = new Float64Array(positions.length);
  for (let at = 0; at < ranks.length; at += 1)
    ranks[at] = ofValues[column.codes[positions[at] as number] as number] as number; // of a record
  return { ranks, size: last + 1 };
}

/** The same order in as few numbers as there are different ranks. */
function denser({ ranks }: Ranks): Ranks {
  const different = [...new Set(ranks.toSorted())];
  const places = new Map(different.map((rank, place) => [rank, place]));
  return { ranks: ranks.map((rank) => places.get(rank) ?? 0), size: different.length };
}

/** The first of what sorting would give, without sorting the rest: most come after the last that is kept. */
function smallest(values: Float64Array, count: number): Float64Array<ArrayBuffer> {
  const kept = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
  for (const value of values) {
    if (value >= (kept[count - 1] ?? Number.NEGATIVE_INFINITY)) continue;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (value < (kept[middle] as number))
        high = middle; // inside
      else low = middle + 1;
    }
    kept.copyWithin(low + 1, low, count - 1);
    kept[low] = value;
  }
  return kept;
}
