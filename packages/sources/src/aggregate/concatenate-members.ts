import { checkAlike, parentOf } from "./check-alike.ts";
import { combineKept, comparableValues, type KeptValues } from "./combine-times.ts";
import { type CoordinateOrder, type Overlap, orderByCoordinate } from "./coordinate-order.ts";
import { digestOfKept } from "./describe-member.ts";
import { isNumeric } from "./harmonised-times.ts";
import { joinedValues } from "./join-values.ts";
import { type Member, refusal, type VariableFacts } from "./member.ts";
import { groupOfMember, type PlannedGroup, type PlannedVariable, type Series } from "./planned-group.ts";
import type { Turns } from "./turns.ts";
import { unpackedVariable } from "./unpacked-variable.ts";

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
  const packed = await checkAlike(options);
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
    else {
      const chunked = chunkedVariable(own, { members, series, axis });
      variables.set(name, packed.has(name) ? unpackedVariable(chunked, members) : chunked);
    }
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
