import { type PropertyValue, propertyOf } from "../search/properties.ts";
import type { CatalogRecord } from "./catalog-record.ts";

/** What one property is in all items: every value once, and which of them each item has. */
export interface Column {
  /** For each record a position in `values`. */
  readonly codes: Int32Array;
  /** The first is undefined, of items without the property. */
  readonly values: readonly PropertyValue[];
}

/** About half a megabyte each for a hundred thousand items. */
const MAX_COLUMNS = 48;

/** Columns of the properties that were asked for, made at the first search that needs them. */
export class Columns {
  readonly #records: readonly CatalogRecord[];
  /** In the order of their last use. */
  readonly #columns = new Map<string, Column>();
  readonly #ranks = new WeakMap<Column, Int32Array>();

  constructor(records: readonly CatalogRecord[]) {
    this.#records = records;
  }

  /** @param name as `propertyOf` takes it */
  column(name: string): Column {
    const short = name.replace(/^properties\./, "");
    const column = this.#columns.get(short) ?? columnOf(this.#records, short);
    this.#columns.delete(short);
    this.#columns.set(short, column);
    const [oldest] = this.#columns.keys();
    if (this.#columns.size > MAX_COLUMNS && oldest !== undefined) this.#columns.delete(oldest);
    return column;
  }

  /** Places of a column's values in their order, numbers before texts, lists by their first; equal ones share theirs. */
  ranks(column: Column): Int32Array {
    const known = this.#ranks.get(column);
    if (known) return known;
    const ranks = ranksOf(column.values);
    this.#ranks.set(column, ranks);
    return ranks;
  }
}

function columnOf(records: readonly CatalogRecord[], name: string): Column {
  const { value, raw } = propertyOf(name);
  const codes = new Int32Array(records.length);
  const values: PropertyValue[] = [undefined];
  const known = new Map<string | number, number>();
  for (const [position, record] of records.entries()) {
    const found = raw ? raw(record) : value(record);
    if (found === undefined) continue;
    const key = typeof found === "object" ? found.join("\u0000") : found;
    let code = known.get(key);
    if (code === undefined) {
      // what is derived is derived once for every value that it is derived from
      code = values.push(raw ? value(record) : found) - 1;
      known.set(key, code);
    }
    codes[position] = code;
  }
  return { codes, values };
}

function ranksOf(values: readonly PropertyValue[]): Int32Array {
  const firsts = values.map((value) => (typeof value === "object" ? value[0] : value));
  const numbers = Float64Array.from(firsts.filter((value) => typeof value === "number")).sort();
  // without a comparison of ours, which would take three times as long
  const texts = firsts.filter((value) => typeof value === "string").sort();
  const places = new Map<string, number>();
  for (const text of texts) if (!places.has(text)) places.set(text, numbers.length + places.size);
  const ranks = new Int32Array(values.length);
  for (const [code, first] of firsts.entries())
    ranks[code] = typeof first === "number" ? placeIn(numbers, first) : (places.get(first ?? "") ?? 0);
  return ranks;
}

/** Of the first that is as great. */
function placeIn(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sorted[middle] as number) < value)
      low = middle + 1; // inside
    else high = middle;
  }
  return low;
}
