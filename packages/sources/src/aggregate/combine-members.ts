import type { CombineLevel, NewDimension } from "./combine-options.ts";
import { concatenateMembers } from "./concatenate-members.ts";
import type { Overlap } from "./coordinate-order.ts";
import { type Member, refusal } from "./member.ts";
import { type MergeContext, mergeGroups } from "./merge-groups.ts";
import { checkSameNames, groupOfMember, type PlannedGroup } from "./planned-group.ts";
import { stackGroups } from "./stack-groups.ts";

/**
 * All members as one dataset. Pure: what was not read before and is needed to compare is listed in `context.wanted`,
 * and the plan holds only when nothing is.
 * @throws GatewayError upstream naming two files that do not fit, and why
 */
export async function combineMembers(
  levels: readonly CombineLevel[],
  context: MergeContext,
): Promise<PlannedGroup> {
  const { members } = context;
  if (members.length === 0) throw refusal("there are none");
  for (const { facts, label } of members) {
    if (facts.groups.length === 0) continue;
    const names = facts.groups.slice(0, 5).join(", ");
    throw refusal(
      `"${label}" has groups (${names}); group: / combines what lies at the root, group: NAME one of them`,
    );
  }
  return combineLevel([...members.keys()], levels, context);
}

async function combineLevel(
  positions: readonly number[],
  levels: readonly CombineLevel[],
  context: MergeContext,
): Promise<PlannedGroup> {
  const [level, ...inner] = levels;
  if (context.turns.isDue) await context.turns.next();
  if (level === undefined) {
    return mergeGroups(
      positions.map((position) => groupOfMember(context.members, position)),
      context,
    );
  }
  if ("along" in level) return combineAlong(positions, level, context);
  const { labels, groups } = groupByValue(positions, level, context.members);
  const combined: PlannedGroup[] = [];
  for (const group of groups) combined.push(await combineLevel(group, inner, context));
  const { members, turns } = context;
  return stackGroups(combined, { members, dim: level.new, labels, turns });
}

/** Files with the same data variables follow each other; what that makes of each set of them is merged. */
async function combineAlong(
  positions: readonly number[],
  { along, overlap }: { readonly along: string; readonly overlap?: Overlap },
  context: MergeContext,
): Promise<PlannedGroup> {
  const { members, turns } = context;
  const sets = new Map<string, number[]>();
  const keys = new Map<Member["facts"], string>();
  const fixed: number[] = [];
  for (const position of positions) {
    const { facts } = members[position] as Member; // positions are those of the list
    const key = keys.get(facts) ?? dataVariables(facts, along).join("\n");
    keys.set(facts, key);
    if (![...facts.variables.values()].some(({ dims }) => dims.includes(along))) fixed.push(position);
    else if (sets.get(key)?.push(position) === undefined) sets.set(key, [position]);
  }
  if (sets.size === 0) {
    const first = members[positions[0] ?? 0];
    throw refusal(
      `"${first?.label}" and the others have no dimension "${along}"; combine: { new: ${along} } makes one`,
    );
  }
  checkDisjoint([...sets.values()], along, members);
  const groups: PlannedGroup[] = [];
  for (const set of sets.values()) {
    groups.push(await concatenateMembers({ members, positions: set, dim: along, overlap, turns }));
  }
  return mergeGroups([...groups, ...fixed.map((position) => groupOfMember(members, position))], context);
}

function dataVariables(facts: Member["facts"], along: string): string[] {
  const bounds = boundsNames(facts);
  return [...facts.variables.values()]
    .filter(({ name, dims, isCoordinate }) => !isCoordinate && !bounds.has(name) && dims.includes(along))
    .map(({ name }) => name)
    .sort();
}

function boundsNames(facts: Member["facts"]): Set<unknown> {
  return new Set(
    [...facts.variables.values()].flatMap(({ marks }) => [marks["bounds"], marks["climatology"]]),
  );
}

/** A variable of one set that another has too is missing from some file: they would not continue each other. */
function checkDisjoint(
  sets: readonly (readonly number[])[],
  along: string,
  members: readonly Member[],
): void {
  const seen = new Map<string, number>();
  for (const [position = 0] of sets) {
    const member = members[position] as Member; // positions are those of the list
    const names = dataVariables(member.facts, along);
    for (const name of names) {
      const other = seen.get(name);
      if (other === undefined) continue;
      const before = members[other] as Member; // the same
      checkSameNames(
        { names: dataVariables(before.facts, along), label: before.label },
        { names, label: member.label },
      );
    }
    for (const name of names) if (!seen.has(name)) seen.set(name, position);
  }
}

interface LabelledGroups {
  readonly labels: readonly (string | number)[] | undefined;
  readonly groups: readonly (readonly number[])[];
}

function groupByValue(
  positions: readonly number[],
  level: NewDimension,
  members: readonly Member[],
): LabelledGroups {
  const { values } = level;
  if (values === undefined) return bySharedScalar(positions, level.new, members);
  const groups = new Map<string | number, number[]>();
  for (const position of positions) {
    const member = members[position] as Member; // positions are those of the list
    const label = labelFor(member, values);
    const group = groups.get(label);
    if (group === undefined) groups.set(label, [position]);
    else group.push(position);
  }
  const found = [...groups.keys()];
  const labels =
    values.kind === "list" ? values.values.filter((value) => groups.has(value)) : found.sort(byNaturalOrder);
  return { labels, groups: labels.map((label) => groups.get(label) ?? []) };
}

function labelFor(member: Member, values: NonNullable<NewDimension["values"]>): string | number {
  const { reference, label } = member;
  if (values.kind === "list") {
    const value = values.values[reference.entry];
    if (value !== undefined) return value;
    throw refusal(
      `there are ${values.values.length} values, and "${label}" belongs to location ${reference.entry + 1}`,
    );
  }
  const match = new RegExp(values.pattern, "u").exec(
    values.from === "name" ? reference.name : reference.path,
  );
  const found = match?.[1] ?? match?.[0];
  if (found !== undefined && found !== "") return found;
  throw refusal(`the pattern ${values.pattern} does not fit "${label}"`);
}

/** Each file is a position by itself, in the order of the scalar named like the dimension where there is one. */
function bySharedScalar(
  positions: readonly number[],
  dim: string,
  members: readonly Member[],
): LabelledGroups {
  const scalarOf = (position: number): number | bigint | string | undefined => {
    const member = members[position];
    return member?.facts.variables.get(dim)?.dims.length === 0 ? member.values.get(dim)?.[0] : undefined;
  };
  const sorted = [...positions];
  if (positions.every((position) => scalarOf(position) !== undefined)) {
    sorted.sort((a, b) => compare(scalarOf(a), scalarOf(b)) || a - b);
  }
  return { labels: undefined, groups: sorted.map((position) => [position]) };
}

function compare(a: number | bigint | string | undefined, b: number | bigint | string | undefined): number {
  if (typeof a === "string" || typeof b === "string") return byNaturalOrder(String(a), String(b));
  return a === b ? 0 : (a ?? 0) < (b ?? 0) ? -1 : 1;
}

/** r2 before r10. */
function byNaturalOrder(a: string | number, b: string | number): number {
  return NATURAL.compare(String(a), String(b));
}
const NATURAL = new Intl.Collator("en", { numeric: true });
