import type { DatasetSummary } from "@zarr-gateway/plugin";
import { plainLine } from "../item/plain-text.ts";
import { searchableFacets } from "../item/searchable-facets.ts";
import { type CatalogRecord, recordOf } from "./catalog-record.ts";
import { Columns } from "./columns.ts";
import { TextIndex } from "./text-index.ts";

/** All items at one moment, in the order of the ids. */
export interface CatalogState {
  readonly records: readonly CatalogRecord[];
  readonly byId: ReadonlyMap<string, CatalogRecord>;
  /** Ids of the collections, with their records. */
  readonly collections: ReadonlyMap<string, readonly CatalogRecord[]>;
  /** West, south, east, north of each record, one after the other; NaN where it has none. */
  readonly boxes: Float64Array;
  /** Start and end of each record in milliseconds since 1970. */
  readonly times: Float64Array;
  readonly columns: Columns;
  readonly texts: TextIndex;
  /** Names of attributes that some record has. */
  readonly facetNames: ReadonlySet<string>;
  /** Datasets that cannot be opened, with the reason. */
  readonly failures: readonly { readonly id: string; readonly reason: string }[];
  /** Another for every other content. */
  readonly generation: number;
}

export interface StateOptions {
  collectionIdOf(summary: DatasetSummary): string;
  readonly generation: number;
}

/** Attribute values that datasets share are kept once. */
export function createState(
  summaries: readonly DatasetSummary[],
  { collectionIdOf, generation }: StateOptions,
): CatalogState {
  const share = sharedTexts();
  const records: CatalogRecord[] = [];
  const failures: { id: string; reason: string }[] = [];
  const collections = new Map<string, CatalogRecord[]>();
  const facetNames = new Set<string>();
  for (const summary of summaries) {
    if (summary.failure !== undefined) {
      failures.push({ id: summary.id, reason: plainLine(summary.failure) });
      continue;
    }
    const facets = Object.fromEntries(
      Object.entries(searchableFacets(summary.facets)).map(([name, value]) => [share(name), share(value)]),
    );
    for (const name of Object.keys(facets)) facetNames.add(name);
    const place = { collection: share(collectionIdOf(summary)), position: records.length };
    const record = recordOf({ ...summary, facets }, place);
    records.push(record);
    const members = collections.get(record.collection);
    if (members) members.push(record);
    else collections.set(record.collection, [record]);
  }
  const byId = new Map(records.map((record) => [record.id, record]));
  return {
    records,
    byId,
    collections,
    boxes: boxesOf(records),
    times: Float64Array.from(records.flatMap(({ startMs, endMs }) => [startMs, endMs])),
    columns: new Columns(records),
    texts: new TextIndex(records),
    facetNames,
    failures,
    generation,
  };
}

function sharedTexts(): <T extends string | number>(value: T) => T {
  const seen = new Map<string | number, string | number>();
  return <T extends string | number>(value: T): T => {
    const known = seen.get(value);
    if (known !== undefined) return known as T; // the same value
    seen.set(value, value);
    return value;
  };
}

function boxesOf(records: readonly CatalogRecord[]): Float64Array {
  const boxes = new Float64Array(4 * records.length).fill(Number.NaN);
  for (const [position, { box }] of records.entries()) if (box) boxes.set(box, 4 * position);
  return boxes;
}
