import { combineKept, comparableValues, type KeptValues } from "./combine-times.ts";
import { type Member, refusal } from "./member.ts";
import { differenceOf, labelOf, type PlannedGroup, type PlannedVariable } from "./planned-group.ts";
import type { Turns } from "./turns.ts";

/** The values of one member's variable that nobody has read yet, to be compared. */
export interface WantedDigest {
  readonly member: number;
  readonly variable: string;
}

export interface MergeContext {
  readonly members: readonly Member[];
  /** Digests that were asked for before. */
  readonly digests: ReadonlyMap<string, string | undefined>;
  readonly turns: Turns;
  /** What has to be read before two variables can be compared. */
  readonly wanted: WantedDigest[];
}

/**
 * Groups with different variables as one: coordinates must be the same, and any other variable is in one group only,
 * or the same in both.
 * @throws GatewayError naming the two files
 */
export async function mergeGroups(
  groups: readonly PlannedGroup[],
  context: MergeContext,
): Promise<PlannedGroup> {
  const [first, ...others] = groups;
  if (first === undefined) throw refusal("there are none");
  if (others.length === 0) return first;
  const variables = new Map(first.variables);
  const sizes = new Map<string, { readonly length: number; readonly lead: number }>();
  noteSizes(first, sizes, context.members);
  for (const group of others) {
    for (const [name, variable] of group.variables) {
      const known = variables.get(name);
      if (context.turns.isDue) await context.turns.next();
      if (known === undefined) variables.set(name, variable);
      else await checkSame(known, variable, context);
    }
    noteSizes(group, sizes, context.members);
  }
  return { lead: first.lead, variables };
}

async function checkSame(a: PlannedVariable, b: PlannedVariable, context: MergeContext): Promise<void> {
  const { members } = context;
  const pair = `"${labelOf(members, a.lead)}" and "${labelOf(members, b.lead)}"`;
  if (await isSameTime(a, b, context)) return;
  const difference = differenceOf(a, b);
  const shapes =
    a.shape.join() === b.shape.join()
      ? undefined
      : `the shape (${a.shape.join(" × ")}, ${b.shape.join(" × ")})`;
  const reason = difference ?? shapes;
  if (a.isCoordinate && reason !== undefined) {
    throw refusal(`the coordinate "${a.name}" of ${pair} differs in ${reason}`);
  }
  if (reason !== undefined) throw refusal(`"${a.name}" is in both ${pair}, and differs in ${reason}`);
  const [one, other] = [digestOf(a, context), digestOf(b, context)];
  if (one === "wanted" || other === "wanted") return;
  if (one !== undefined && one === other) return;
  if (a.isCoordinate && one !== undefined && other !== undefined) {
    throw refusal(`the coordinate "${a.name}" of ${pair} has other values`);
  }
  const advice = "files that continue each other need combine: { along: … }, members combine: { new: … }";
  throw refusal(`the variable "${a.name}" is in both ${pair}; ${advice}`);
}

/** The digest, `wanted` where it has to be read first, undefined where there is none. */
function digestOf(
  { digest, piece, name }: PlannedVariable,
  { digests, wanted }: MergeContext,
): string | undefined {
  if (digest !== undefined || piece.kind !== "member") return digest;
  const key = digestKey({ member: piece.member, variable: name });
  if (digests.has(key)) return digests.get(key);
  wanted.push({ member: piece.member, variable: name });
  return "wanted";
}

export function digestKey({ member, variable }: WantedDigest): string {
  return `${member}\n${variable}`;
}

/** The same instants in other units are the same coordinate. */
export async function isSameTime(
  a: PlannedVariable,
  b: PlannedVariable,
  { members, turns }: Pick<MergeContext, "members" | "turns">,
): Promise<boolean> {
  if (a.piece.kind !== "values" || b.piece.kind !== "values" || a.marks["units"] === b.marks["units"])
    return false;
  if (a.shape.join() !== b.shape.join() || a.dims.join() !== b.dims.join()) return false;
  const kept = [a, b].map(
    ({ piece, dtype, marks, lead }): KeptValues => ({
      label: labelOf(members, lead),
      values: piece.kind === "values" ? piece.values : [],
      dtype,
      marks,
    }),
  );
  await combineKept(kept, a.name, turns);
  const [one, other] = await comparableValues(kept, a.name, turns);
  return Array.from(one ?? []).every((value, at) => value === other?.[at]);
}

function noteSizes(
  group: PlannedGroup,
  sizes: Map<string, { readonly length: number; readonly lead: number }>,
  members: readonly Member[],
): void {
  for (const { dims, shape } of group.variables.values()) {
    for (const [axis, dim] of dims.entries()) {
      if (dim === null) continue;
      const length = shape[axis] ?? 0;
      const known = sizes.get(dim);
      if (known === undefined) sizes.set(dim, { length, lead: group.lead });
      else if (known.length !== length) {
        const pair = `"${labelOf(members, known.lead)}" and "${labelOf(members, group.lead)}"`;
        throw refusal(`the dimension "${dim}" of ${pair} has ${known.length} and ${length} elements`);
      }
    }
  }
}
