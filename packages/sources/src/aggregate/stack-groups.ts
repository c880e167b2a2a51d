import { isStringValues, type Values } from "@zarr-gateway/dataset";
import { combineKept, type KeptValues, TIME_MARKS } from "./combine-times.ts";
import { type Member, refusal } from "./member.ts";
import { isSameTime } from "./merge-groups.ts";
import {
  checkSameNames,
  differenceOf,
  labelOf,
  type PlannedGroup,
  type PlannedVariable,
} from "./planned-group.ts";
import type { Turns } from "./turns.ts";
import { arePackedOtherwise, unpackedVariable } from "./unpacked-variable.ts";

export interface StackOptions {
  readonly members: readonly Member[];
  readonly dim: string;
  /** The coordinate of the new dimension; undefined: none. */
  readonly labels: readonly (string | number)[] | undefined;
  readonly turns: Turns;
}

/**
 * Groups alike as positions of a new first dimension. Coordinates are the first group's and must be the same in all;
 * every other variable gets the dimension, as `xr.concat` gives it.
 * @throws GatewayError naming the two files that do not fit
 */
export async function stackGroups(
  groups: readonly PlannedGroup[],
  options: StackOptions,
): Promise<PlannedGroup> {
  const { members, dim, labels, turns } = options;
  const [first] = groups;
  if (first === undefined) throw refusal("there are none");
  for (const group of groups) {
    if (turns.isDue) await turns.next();
    checkSameNames(
      { names: first.variables.keys(), label: labelOf(members, first.lead) },
      { names: group.variables.keys(), label: labelOf(members, group.lead) },
    );
  }
  const variables = new Map<string, PlannedVariable>();
  if (labels !== undefined) variables.set(dim, labelVariable(dim, labels));
  for (const [name, variable] of first.variables) {
    if (variable.dims.includes(dim)) {
      throw refusal(
        `"${name}" of "${labelOf(members, first.lead)}" has the dimension "${dim}" already; use along: ${dim}`,
      );
    }
    if (name === dim && labels !== undefined) continue;
    const same = groups.map((group) => group.variables.get(name) as PlannedVariable); // the names were compared
    const isStacked = !variable.isCoordinate || name === dim;
    variables.set(
      name,
      await (isStacked ? stackedVariable(same, groups, options) : sharedVariable(same, options)),
    );
  }
  return { lead: first.lead, variables };
}

async function sharedVariable(
  same: readonly PlannedVariable[],
  { members, turns }: StackOptions,
): Promise<PlannedVariable> {
  const [first, ...others] = same as readonly [PlannedVariable, ...PlannedVariable[]]; // there is at least one group
  for (const other of others) {
    if (turns.isDue) await turns.next();
    if (await isSameTime(first, other, { members, turns })) continue;
    checkLike(first, other, members);
    if (first.digest !== other.digest) {
      const pair = `"${labelOf(members, first.lead)}" and "${labelOf(members, other.lead)}"`;
      throw refusal(`the coordinate "${first.name}" of ${pair} has other values`);
    }
  }
  return first;
}

async function stackedVariable(
  same: readonly PlannedVariable[],
  groups: readonly PlannedGroup[],
  { members, dim, turns }: StackOptions,
): Promise<PlannedVariable> {
  const kept = await keptOfAll(same, groups, { members, turns });
  const parts = kept ? same : await packedAlike(same, { members, turns });
  const [first, ...others] = parts as readonly [PlannedVariable, ...PlannedVariable[]]; // there is at least one group
  for (const other of others) {
    if (turns.isDue) await turns.next();
    checkLike(first, other, members, kept ? TIME_MARKS : []);
  }
  const { digest: _digest, ...rest } = first;
  const base = {
    ...rest,
    dims: [dim, ...first.dims],
    shape: [parts.length, ...first.shape],
    isCoordinate: first.name === dim,
  };
  if (kept === undefined)
    return { ...base, piece: { kind: "stacked", pieces: parts.map(({ piece }) => piece) } };
  const { values, dtype, units } = await combineKept(kept, first.name, turns);
  return {
    ...base,
    dtype,
    fill: dtype === first.dtype ? first.fill : null,
    ...(units !== undefined && { changes: { units }, marks: { ...first.marks, units } }),
    piece: { kind: "values", values: joinedRows(values) },
  };
}

/** All unpacked, where one of them is or they are packed in different ways. */
async function packedAlike(
  same: readonly PlannedVariable[],
  { members, turns }: Pick<StackOptions, "members" | "turns">,
): Promise<readonly PlannedVariable[]> {
  const [first] = same;
  for (const other of same) {
    if (turns.isDue) await turns.next();
    if (first !== undefined && arePackedOtherwise(first, other))
      return same.map((variable) => unpackedVariable(variable, members));
  }
  return same;
}

/** Values that are at hand in all groups go into one array, so that clients need not ask for each. */
async function keptOfAll(
  same: readonly PlannedVariable[],
  groups: readonly PlannedGroup[],
  { members, turns }: Pick<StackOptions, "members" | "turns">,
): Promise<KeptValues[] | undefined> {
  const kept: KeptValues[] = [];
  for (const [at, { piece, dtype, marks, lead, name }] of same.entries()) {
    if (turns.isDue) await turns.next();
    if (piece.kind !== "values") return undefined;
    const parent = [...(groups[at]?.variables.values() ?? [])].find(
      (other) => other.marks["bounds"] === name || other.marks["climatology"] === name,
    );
    const inherited = parent && { inherited: parent.marks };
    kept.push({ label: labelOf(members, lead), values: piece.values, dtype, marks, ...inherited });
  }
  return kept;
}

function joinedRows(rows: readonly Values[]): Values {
  const [first] = rows;
  if (first === undefined || isStringValues(first)) return (rows as readonly (readonly string[])[]).flat(); // all of one type
  const typed = first as Float64Array; // any typed array: only its length and `set` are used
  const Type = typed.constructor as new (length: number) => Float64Array; // the same kind for all rows
  const joined = new Type(typed.length * rows.length);
  for (const [at, row] of rows.entries()) joined.set(row as Float64Array, at * typed.length); // the same
  return joined;
}

function checkLike(
  a: PlannedVariable,
  b: PlannedVariable,
  members: readonly Member[],
  ignored: readonly string[] = [],
): void {
  const difference =
    differenceOf(a, b, ignored) ??
    (a.shape.join() === b.shape.join()
      ? undefined
      : `the shape (${a.shape.join(" × ")}, ${b.shape.join(" × ")})`);
  if (difference === undefined) return;
  const pair = `"${labelOf(members, a.lead)}" and "${labelOf(members, b.lead)}"`;
  throw refusal(`"${a.name}" of ${pair} differs in ${difference}`);
}

function labelVariable(dim: string, labels: readonly (string | number)[]): PlannedVariable {
  const numbers = labels.filter((label) => typeof label === "number");
  const base = {
    name: dim,
    dims: [dim],
    shape: [labels.length],
    marks: {},
    lead: undefined,
    isCoordinate: true,
    fill: null,
  } as const;
  if (numbers.length < labels.length) {
    return { ...base, dtype: "string", piece: { kind: "values", values: labels.map(String) } };
  }
  if (numbers.every(Number.isSafeInteger)) {
    const values = BigInt64Array.from(numbers, BigInt);
    return { ...base, dtype: "int64", piece: { kind: "values", values } };
  }
  return { ...base, dtype: "float64", piece: { kind: "values", values: Float64Array.from(numbers) } };
}
