import type { CatalogState } from "../collection/catalog-state.ts";
import { type Area, intersects, isContaining, isWithin } from "./area.ts";
import type { Operand } from "./compile-operand.ts";
import type { Condition, FilterScope, Predicate } from "./filter-scope.ts";
import { invalid } from "./invalid.ts";
import type { Interval } from "./search-request.ts";
import { UNKNOWN, type Verdicts, verdictOf } from "./verdicts.ts";

type Operands = () => readonly Operand[];

const SPATIAL: Readonly<Record<string, typeof intersects>> = {
  s_intersects: intersects,
  intersects,
  s_disjoint: (box, area) => !intersects(box, area),
  s_within: isWithin,
  s_contains: isContaining,
};
/** What the first operand is to the second, the other way round. */
const TURNED: Readonly<Record<string, string>> = { s_within: "s_contains", s_contains: "s_within" };

/** Basic spatial functions between an item and a geometry; undefined for another name. */
export function spatialCondition(
  name: string,
  operands: Operands,
  { field }: FilterScope,
): Condition | undefined {
  if (!Object.hasOwn(SPATIAL, name)) return undefined;
  const [left, right, ...rest] = operands();
  const isTurned = left?.area !== undefined;
  const [item, area] = isTurned ? [right?.place, left?.area] : [left?.place, right?.area];
  const test = SPATIAL[isTurned ? (TURNED[name] ?? name) : name];
  if (item === undefined || area === undefined || test === undefined || rest.length > 0)
    throw invalid(field, `the property geometry and a geometry as operands of "${name}"`);
  return (state) => boxVerdicts(state, area, { test, apart: verdictOf(name === "s_disjoint") });
}

/** Over the plain numbers of all boxes; looked at closely only where they share something with the area's own box. */
export function boxVerdicts(
  { boxes, records }: CatalogState,
  area: Area,
  { test, apart }: { readonly test: typeof intersects; readonly apart: number },
): Verdicts {
  const [w, s, e, n] = area.bounds;
  const verdicts = new Uint8Array(records.length);
  for (let position = 0; position < verdicts.length; position += 1) {
    const at = 4 * position;
    const [west, south, east, north] = [boxes[at], boxes[at + 1], boxes[at + 2], boxes[at + 3]] as Corners; // inside
    if (Number.isNaN(west)) verdicts[position] = UNKNOWN;
    else if (south > n || north < s || (west <= east ? west > e || east < w : west > e && east < w))
      verdicts[position] = apart;
    else verdicts[position] = verdictOf(test([west, south, east, north], area));
  }
  return verdicts;
}

type Corners = readonly [number, number, number, number];

const TEMPORAL: Readonly<Record<string, (a: Interval, b: Interval) => boolean>> = {
  t_after: ([a], [, d]) => a > d,
  t_before: ([, b], [c]) => b < c,
  t_during: ([a, b], [c, d]) => a > c && b < d,
  t_contains: ([a, b], [c, d]) => a < c && b > d,
  t_equals: ([a, b], [c, d]) => a === c && b === d,
  t_intersects: ([a, b], [c, d]) => a <= d && b >= c,
  anyinteracts: ([a, b], [c, d]) => a <= d && b >= c,
  t_disjoint: ([a, b], [c, d]) => a > d || b < c,
  t_meets: ([, b], [c]) => b === c,
  t_metby: ([a], [, d]) => a === d,
  t_overlaps: ([a, b], [c, d]) => a < c && b > c && b < d,
  t_overlappedby: ([a, b], [c, d]) => a > c && a < d && b > d,
  t_starts: ([a, b], [c, d]) => a === c && b < d,
  t_startedby: ([a, b], [c, d]) => a === c && b > d,
  t_finishes: ([a, b], [c, d]) => b === d && a > c,
  t_finishedby: ([a, b], [c, d]) => b === d && a < c,
};

/** Temporal functions; a text is a time here. */
export function temporalPredicate(
  name: string,
  operands: Operands,
  scope: FilterScope,
): Predicate | undefined {
  const test = Object.hasOwn(TEMPORAL, name) ? TEMPORAL[name] : undefined;
  if (test === undefined) return undefined;
  const { field } = scope;
  const [left, right, ...rest] = operands().map((operand) => {
    if (operand.isWhole === true) scope.readsRecords();
    return (operand.interval ? operand : (operand.asTime?.() ?? operand)).interval;
  });
  if (left === undefined || right === undefined || rest.length > 0)
    throw invalid(field, `two times as operands of "${name}"`);
  return (record) => {
    const [a, b] = [left(record), right(record)];
    return a && b && test(a, b);
  };
}

type List = readonly unknown[];

const ARRAYS: Readonly<Record<string, (a: List, b: List) => boolean>> = {
  a_contains: (a, b) => b.every((item) => a.includes(item)),
  a_containedby: (a, b) => a.every((item) => b.includes(item)),
  a_overlaps: (a, b) => a.some((item) => b.includes(item)),
  a_equals: (a, b) => a.length === b.length && a.every((item) => b.includes(item)),
};

/** Array functions, of `keywords` and `variables`. */
export function arrayPredicate(
  name: string,
  operands: Operands,
  { field }: FilterScope,
): Predicate | undefined {
  const test = Object.hasOwn(ARRAYS, name) ? ARRAYS[name] : undefined;
  if (test === undefined) return undefined;
  const [left, right, ...rest] = operands();
  if (!left || !right || rest.length > 0) throw invalid(field, `two lists as operands of "${name}"`);
  return (record) => {
    const [a, b] = [left.value(record), right.value(record)];
    return a === undefined || b === undefined ? undefined : test([a].flat(), [b].flat());
  };
}
