import type { CatalogRecord } from "../collection/catalog-record.ts";
import type { CatalogState } from "../collection/catalog-state.ts";
import type { Column } from "../collection/columns.ts";
import { MAX_DEPTH, MAX_NODES } from "./cql2.ts";
import { invalid } from "./invalid.ts";
import type { PropertyValue } from "./properties.ts";
import { type Verdicts, verdictOf } from "./verdicts.ts";

/** Of three values, as in SQL: undefined where a property that is asked for is absent. */
export type Verdict = boolean | undefined;
export type Predicate = (record: CatalogRecord) => Verdict;
/** A condition, over all records at once. */
export type Condition = (state: CatalogState) => Verdicts;

/** Values that one search compares at most; a hundred conditions on a hundred thousand different values. */
const MAX_COMPARED = 10_000_000;

/** A property while a condition on it alone is worked out: once for each of its values, not for each record. */
interface OpenColumn {
  isOpen: boolean;
  value: PropertyValue;
}

/** What a compilation counts and knows. */
export class FilterScope {
  readonly field: string;
  #nodes = 0;
  #columns = new Map<string, OpenColumn>();
  #readsRecords = false;
  #compared = 0;

  constructor(field: string) {
    this.field = field;
  }

  enter(depth: number): void {
    this.#nodes += 1;
    if (depth > MAX_DEPTH) throw invalid(this.field, `${MAX_DEPTH} levels at most`);
    if (this.#nodes > MAX_NODES) throw invalid(this.field, `${MAX_NODES} parts at most`);
  }

  /** Notes that the condition at hand reads a property. */
  reads(name: string): OpenColumn {
    const column = this.#columns.get(name) ?? { isOpen: false, value: undefined };
    this.#columns.set(name, column);
    return column;
  }

  /** Notes that it reads more than values of properties. */
  readsRecords(): void {
    this.#readsRecords = true;
  }

  /** A condition without others in it. */
  leaf(compilePredicate: () => Predicate): Condition {
    this.#columns = new Map();
    this.#readsRecords = false;
    const predicate = compilePredicate();
    const [only, another] = this.#columns;
    if (only === undefined || another !== undefined || this.#readsRecords)
      return (state) => this.#overRecords(state, predicate);
    const [name, column] = only;
    return (state) => this.#overColumn(state, state.columns.column(name), { predicate, column });
  }

  #overRecords({ records }: CatalogState, predicate: Predicate): Verdicts {
    this.#count(records.length);
    const verdicts = new Uint8Array(records.length);
    for (const [position, record] of records.entries()) verdicts[position] = verdictOf(predicate(record));
    return verdicts;
  }

  #overColumn(
    { records }: CatalogState,
    { codes, values }: Column,
    { predicate, column }: { readonly predicate: Predicate; readonly column: OpenColumn },
  ): Verdicts {
    this.#count(values.length);
    const [anyRecord] = records;
    const verdicts = new Uint8Array(records.length);
    if (anyRecord === undefined) return verdicts;
    const ofValues = new Uint8Array(values.length);
    column.isOpen = true;
    for (let code = 0; code < values.length; code += 1) {
      column.value = values[code];
      ofValues[code] = verdictOf(predicate(anyRecord));
    }
    column.isOpen = false;
    for (let at = 0; at < verdicts.length; at += 1) verdicts[at] = ofValues[codes[at] as number] as number; // of the column
    return verdicts;
  }

  #count(values: number): void {
    this.#compared += values;
    if (this.#compared > MAX_COMPARED)
      throw invalid(this.field, "fewer conditions: these take too long over so many items");
  }
}
