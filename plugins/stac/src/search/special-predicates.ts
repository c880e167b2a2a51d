import { boundsOf, intersects, isContaining, isWithin, mayMeet } from "./area.ts";
import type { FilterScope, Predicate } from "./compile-filter.ts";
import type { Operand } from "./compile-operand.ts";
import { invalid } from "./invalid.ts";
import type { Interval } from "./search-request.ts";

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
export function spatialPredicate(
  name: string,
  operands: Operands,
  { field }: FilterScope,
): Predicate | undefined {
  if (!Object.hasOwn(SPATIAL, name)) return undefined;
  const [left, right, ...rest] = operands();
  const isTurned = left?.area !== undefined;
  const [item, area] = isTurned ? [right?.place, left?.area] : [left?.place, right?.area];
  const test = SPATIAL[isTurned ? (TURNED[name] ?? name) : name];
  if (item === undefined || area === undefined || test === undefined || rest.length > 0)
    throw invalid(field, `the property geometry and a geometry as operands of "${name}"`);
  const bounds = boundsOf(area);
  const isDisjoint = name === "s_disjoint";
  return (record) => {
    const box = item(record);
    return box && (mayMeet(box, bounds) ? test(box, area) : isDisjoint);
  };
}

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
  { field }: FilterScope,
): Predicate | undefined {
  const test = Object.hasOwn(TEMPORAL, name) ? TEMPORAL[name] : undefined;
  if (test === undefined) return undefined;
  const [left, right, ...rest] = operands().map(
    (operand) => (operand.interval ? operand : (operand.asTime?.() ?? operand)).interval,
  );
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
