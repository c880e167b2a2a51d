import type { CatalogRecord } from "../collection/catalog-record.ts";
import { orderOf } from "./compile-filter.ts";
import { sortableOf } from "./properties.ts";
import type { SearchRequest, SortKey } from "./search-request.ts";

type Order = (a: CatalogRecord, b: CatalogRecord) => number;

/** Up to so many the first are picked out; for more, all are sorted. */
const MAX_PICKED = 2000;

/** The page of some records that a search asks for; what is equal, or without a wish all, stays in the order given. */
export function sortedPage(
  records: readonly CatalogRecord[],
  { sort, offset, limit }: Pick<SearchRequest, "sort" | "offset" | "limit">,
  facetNames: ReadonlySet<string>,
): readonly CatalogRecord[] {
  const end = offset + limit;
  if (sort.length === 0) return records.slice(offset, end);
  const order = orderBy(sort, facetNames);
  return (end <= MAX_PICKED ? firstOf(records, end, order) : records.toSorted(order)).slice(offset, end);
}

function orderBy(keys: readonly SortKey[], facetNames: ReadonlySet<string>): Order {
  const orders = keys.map(({ field, isDescending }): Order => {
    const { value } = sortableOf(field, facetNames);
    const sign = isDescending ? -1 : 1;
    return (a, b) => {
      const [left, right] = [first(value(a)), first(value(b))];
      // what has no value comes last, either way
      if (left === undefined || right === undefined)
        return Number(left === undefined) - Number(right === undefined);
      return sign * (orderOf(left, right) || 0);
    };
  });
  return (a, b) => {
    for (const order of orders) {
      const result = order(a, b);
      if (result !== 0) return result;
    }
    return 0;
  };
}

/** The first of what sorting would give, without sorting the rest: most records come after the last that is kept. */
function firstOf(records: readonly CatalogRecord[], count: number, order: Order): CatalogRecord[] {
  const kept: CatalogRecord[] = [];
  for (const record of records) {
    const last = kept[count - 1];
    if (last !== undefined && order(record, last) >= 0) continue;
    let low = 0;
    let high = kept.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (order(record, kept[middle] as CatalogRecord) < 0)
        high = middle; // inside
      else low = middle + 1;
    }
    kept.splice(low, 0, record);
    if (kept.length > count) kept.pop();
  }
  return kept;
}

function first(value: string | number | readonly string[] | undefined): string | number | undefined {
  return typeof value === "object" ? value[0] : value;
}
