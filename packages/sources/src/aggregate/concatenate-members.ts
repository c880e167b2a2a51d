import {
  combineKept,
  comparableValues,
  type KeptValues,
  MISSING_MARKS,
  TIME_MARKS,
} from "./combine-times.ts";
import { type CoordinateOrder, type Overlap, orderByCoordinate } from "./coordinate-order.ts";
import { digestOfKept } from "./describe-member.ts";
import { isNumeric } from "./harmonised-times.ts";
import { joinedValues } from "./join-values.ts";
import { type Member, refusal, type VariableFacts } from "./member.ts";
import {
  checkSameNames,
  differenceOf,
  groupOfMember,
  type PlannedGroup,
  type PlannedVariable,
  type Series,
} from "./planned-group.ts";
import { isTimeUnits } from "./time-clock.ts";
import type { Turns } from "./turns.ts";

export interface ConcatenationOptions {
  readonly members: readonly Member[];
  /** Positions in `members`. */
  readonly positions: readonly number[];
  readonly dim: string;
  readonly overlap: Overlap | undefined;
  readonly turns: Turns;
}

/**
 * Files with the same variables, one after the other along a dimension.
 * @throws GatewayError naming the two files that do not fit
 */
export async function concatenateMembers(options: ConcatenationOptions): Promise<PlannedGroup> {
  const { members, positions, dim, turns } = options;
  await checkAlike(options);
  const order = await orderOf(options);
  const sorted = order.order.map((at) => positions[at] ?? 0);
  const lead = sorted[0] ?? 0;
  const leadMember = members[lead] as Member; // there is at least one
  const series: Series = {
    members: Uint32Array.from(sorted),
    starts: Float64Array.from(order.starts),
    lengths: Float64Array.from(order.lengths),
  };
  const variables = new Map<string, PlannedVariable>();
  const alone = groupOfMember(members, lead);
  for (const [name, facts] of leadMember.facts.variables) {
    if (turns.isDue) await turns.next();
    const axis = facts.dims.indexOf(dim);
    const own = alone.variables.get(name) as PlannedVariable; // the same names
    if (axis < 0) variables.set(name, own);
    else if (leadMember.values.has(name))
      variables.set(name, await keptVariable(own, { members, series, axis }, turns));
    else variables.set(name, chunkedVariable(own, { members, series, axis }));
  }
  return { lead, variables };
}

interface AlongContext {
  readonly members: readonly Member[];
  readonly series: Series;
  readonly axis: number;
}

function withLength(shape: readonly number[], { series, axis }: AlongContext): number[] {
  const total = series.lengths.reduce((sum, length) => sum + length, 0);
  return shape.map((length, at) => (at === axis ? total : length));
}

function chunkedVariable(own: PlannedVariable, context: AlongContext): PlannedVariable {
  const { members, series, axis } = context;
  const layouts = Array.from(series.members, (position) => factsOf(members, position, own.name));
  const areSame = layouts.every((facts) => facts === layouts[0]);
  return {
    ...own,
    shape: withLength(own.shape, context),
    piece: { kind: "concatenated", axis, series, layouts: areSame ? layouts.slice(0, 1) : layouts },
  };
}

async function keptVariable(
  own: PlannedVariable,
  context: AlongContext,
  turns: Turns,
): Promise<PlannedVariable> {
  const { members, series, axis } = context;
  const { name } = own;
  const parts = await keptOfEach([...series.members], { members, turns }, name);
  const combined = await combineKept(parts, name, turns);
  const shape = withLength(own.shape, context);
  const shapes = Array.from(series.members, (position) => factsOf(members, position, name).shape);
  const values = await joinedValues(combined.values, {
    dtype: combined.dtype,
    shape,
    shapes,
    series,
    axis,
    turns,
  });
  return {
    ...own,
    dtype: combined.dtype,
    fill: combined.dtype === own.dtype ? own.fill : null,
    shape,
    marks: combined.units === undefined ? own.marks : { ...own.marks, units: combined.units },
    ...(combined.units !== undefined && { changes: { units: combined.units } }),
    digest: digestOfKept(combined.dtype, values),
    piece: { kind: "values", values },
  };
}

async function keptOfEach(
  positions: readonly number[],
  { members, turns }: Pick<ConcatenationOptions, "members" | "turns">,
  name: string,
): Promise<KeptValues[]> {
  const parts: KeptValues[] = [];
  for (const position of positions) {
    if (turns.isDue) await turns.next();
    parts.push(keptOf(members, position, name));
  }
  return parts;
}

/** The values a file has of a variable, with its own units or those of the coordinate they are bounds of. */
function keptOf(members: readonly Member[], position: number, name: string): KeptValues {
  const member = members[position] as Member; // positions are those of the list
  const { dtype, marks } = factsOf(members, position, name);
  const values = member.values.get(name);
  if (values === undefined) throw refusal(`"${name}" of "${member.label}" is too large to be a coordinate`);
  const parent = parentOf(member, name);
  return { label: member.label, values, dtype, marks, ...(parent && { inherited: parent.marks }) };
}

function factsOf(members: readonly Member[], position: number, name: string): VariableFacts {
  return members[position]?.facts.variables.get(name) as VariableFacts; // `checkAlike` found it in every file
}

async function orderOf(options: ConcatenationOptions): Promise<CoordinateOrder> {
  const { members, positions, dim, overlap, turns } = options;
  const facts = members[positions[0] ?? 0]?.facts.variables.get(dim);
  if (facts?.dims.length !== 1 || !isNumeric(facts.dtype)) return listedOrder(members, positions, dim);
  const parts = await keptOfEach(positions, options, dim);
  const comparable = await comparableValues(parts, dim, turns);
  const ordered = parts.map(({ label }, at) => ({ label, values: comparable[at] ?? [] }));
  if (turns.isDue) await turns.next();
  return orderByCoordinate(ordered, dim, overlap, turns);
}

/** Without a coordinate of numbers files follow each other as they are listed. */
function listedOrder(members: readonly Member[], positions: readonly number[], dim: string): CoordinateOrder {
  const lengths = positions.map((position) => lengthOf(members[position], dim));
  return { order: [...positions.keys()], starts: lengths.map(() => 0), lengths };
}

function lengthOf(member: Member | undefined, dim: string): number {
  for (const { dims, shape } of member?.facts.variables.values() ?? []) {
    const axis = dims.indexOf(dim);
    if (axis >= 0) return shape[axis] ?? 0;
  }
  return 0;
}

/** @throws GatewayError naming the file that differs from the first, and in what */
async function checkAlike({ members, positions, dim, turns }: ConcatenationOptions): Promise<void> {
  const first = members[positions[0] ?? 0] as Member; // there is at least one
  const known = new Set([first.facts]);
  for (const position of positions) {
    if (turns.isDue) await turns.next();
    const member = members[position] as Member; // positions are those of the list
    checkSameScalars(first, member);
    if (known.has(member.facts)) continue;
    known.add(member.facts);
    const names = (of: Member): { names: Iterable<string>; label: string } => ({
      names: of.facts.variables.keys(),
      label: of.label,
    });
    checkSameNames(names(first), names(member));
    for (const [name, facts] of first.facts.variables) {
      checkSameVariable({ first, member, dim }, facts, member.facts.variables.get(name) as VariableFacts); // the same names
    }
  }
}

interface PairContext {
  readonly first: Member;
  readonly member: Member;
  readonly dim: string;
}

function checkSameVariable({ first, member, dim }: PairContext, a: VariableFacts, b: VariableFacts): void {
  const pair = `of "${first.label}" and "${member.label}"`;
  const isKept = a.dims.includes(dim) && first.values.has(a.name);
  const isTime =
    isKept && isNumeric(a.dtype) && isNumeric(b.dtype) && hasTimeUnits(first, a) && hasTimeUnits(member, b);
  // times are converted exactly or refused, whatever type of number they are in
  const difference = differenceOf(
    isTime ? { ...a, dtype: b.dtype } : a,
    b,
    isTime && a.dtype !== b.dtype ? [...TIME_MARKS, ...MISSING_MARKS] : isKept ? TIME_MARKS : [],
  );
  if (difference !== undefined) throw refusal(`"${a.name}" ${pair} differs in ${difference}`);
  if (a.dims.filter((name) => name === dim).length > 1) {
    throw refusal(`"${a.name}" of "${first.label}" has the dimension "${dim}" twice`);
  }
  for (const [axis, name] of a.dims.entries()) {
    if (name !== dim && a.shape[axis] !== b.shape[axis]) {
      throw refusal(
        `"${a.name}" ${pair} differs in the length of "${name}" (${a.shape[axis]}, ${b.shape[axis]})`,
      );
    }
  }
  if (a.digest !== b.digest)
    throw refusal(`"${a.name}" ${pair} has other values: the grids or static data differ`);
  if (a.storedOnly !== b.storedOnly)
    throw refusal(`"${a.name}" ${pair} is stored in ways that do not fit together`);
}

/** Also of bounds, which have the units of their coordinate. */
function hasTimeUnits(member: Member, { name, marks }: VariableFacts): boolean {
  return isTimeUnits(marks["units"] ?? parentOf(member, name)?.marks["units"]);
}

/** The coordinate that a variable holds the bounds of. */
function parentOf({ facts }: Member, name: string): VariableFacts | undefined {
  for (const variable of facts.variables.values()) {
    if (variable.marks["bounds"] === name || variable.marks["climatology"] === name) return variable;
  }
  return undefined;
}

/** Scalars are in the index with their values; they say the same in every file. */
function checkSameScalars(first: Member, member: Member): void {
  if (first === member) return;
  for (const [name, values] of first.values) {
    const facts = first.facts.variables.get(name);
    const other = member.values.get(name);
    if (facts === undefined || facts.dims.length > 0 || other === undefined) continue;
    if (String(values[0]) !== String(other[0]) || values.length !== other.length) {
      throw refusal(
        `"${name}" is ${String(values[0])} in "${first.label}", ${String(other[0])} in "${member.label}"`,
      );
    }
  }
}
