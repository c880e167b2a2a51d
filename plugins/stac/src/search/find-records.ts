import type { BoundingBox } from "@zarr-gateway/dataset";
import type { CatalogRecord } from "../collection/catalog-record.ts";
import type { CatalogState } from "../collection/catalog-state.ts";
import { intersects, rectangles } from "./area.ts";
import { compileFilter } from "./compile-filter.ts";
import type { Interval, SearchRequest } from "./search-request.ts";
import { boxVerdicts } from "./special-predicates.ts";
import { FALSE, TRUE, type Verdicts } from "./verdicts.ts";

/** Positions of the records that a search means: in the order of their ids, or of the ids that were asked for. */
export function findRecords(state: CatalogState, request: SearchRequest): Int32Array {
  const candidates = candidatesOf(state, request);
  const conditions = conditionsOf(state, request);
  if (conditions.length === 0 && candidates) return candidates;
  const found = new Int32Array(candidates?.length ?? state.records.length);
  let count = 0;
  for (let at = 0; at < found.length; at += 1) {
    const position = candidates ? (candidates[at] as number) : at; // inside
    if (conditions.every((verdicts) => verdicts[position] === TRUE)) found[count++] = position;
  }
  return found.subarray(0, count);
}

/** By id or collection, which need no search; undefined where it is all. */
function candidatesOf(state: CatalogState, { ids, collections }: SearchRequest): Int32Array | undefined {
  const isMeant = ({ collection }: CatalogRecord): boolean =>
    !collections?.length || collections.includes(collection);
  if (ids !== undefined && ids.length > 0) {
    const records = [...new Set(ids)].map((id) => state.byId.get(id));
    return positionsOf(records.filter((record) => record !== undefined).filter(isMeant));
  }
  if (collections === undefined || collections.length === 0) return undefined;
  const members = [...new Set(collections)].map((id) => positionsOf(state.collections.get(id) ?? []));
  const [first = new Int32Array(), ...others] = members;
  if (first.length === state.records.length) return undefined;
  // pages must not depend on the order in which collections are named
  return others.length === 0 ? first : joined(members).sort();
}

function joined(parts: readonly Int32Array[]): Int32Array {
  const all = new Int32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function positionsOf(records: readonly CatalogRecord[]): Int32Array {
  const positions = new Int32Array(records.length);
  for (const [at, { position }] of records.entries()) positions[at] = position;
  return positions;
}

function conditionsOf(state: CatalogState, request: SearchRequest): Verdicts[] {
  const { bbox, intersects: area, interval, words, filter } = request;
  return [
    ...(interval ? [during(state, interval)] : []),
    ...(bbox ? [inBox(state, bbox)] : []),
    ...(area ? [boxVerdicts(state, area, { test: intersects, apart: FALSE })] : []),
    ...(words.length > 0 ? [state.texts.find(words)] : []),
    ...(filter === undefined ? [] : [compileFilter(filter)(state)]),
  ];
}

function inBox({ records, boxes }: CatalogState, box: BoundingBox): Verdicts {
  const verdicts = new Uint8Array(records.length);
  for (const [w, s, e, n] of rectangles(box)) {
    for (let position = 0; position < verdicts.length; position += 1) {
      const at = 4 * position;
      const [west, east] = [boxes[at] as number, boxes[at + 2] as number]; // four of each record
      // nothing is greater or less than NaN, which records without a box have
      if (!((boxes[at + 1] as number) <= n && (boxes[at + 3] as number) >= s)) continue;
      if (west <= east ? west <= e && east >= w : west <= e || east >= w) verdicts[position] = TRUE;
    }
  }
  return verdicts;
}

function during({ records, times }: CatalogState, [start, end]: Interval): Verdicts {
  const verdicts = new Uint8Array(records.length);
  for (let at = 0; at < verdicts.length; at += 1)
    if ((times[2 * at] as number) <= end && (times[2 * at + 1] as number) >= start) verdicts[at] = TRUE; // inside
  return verdicts;
}
