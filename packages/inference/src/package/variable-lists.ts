import type { NetworkDraft } from "./network-plan.ts";
import { type FieldDraft, fieldsOf } from "./tensor-draft.ts";
import type { Report } from "./written.ts";

/** A variable as the tensors name it. */
export interface NamedVariable {
  readonly name: string;
  readonly role: "state" | "diagnostic";
  /** undefined on the surface. */
  readonly levels: readonly number[] | undefined;
}

interface Uses {
  readonly first: FieldDraft;
  readonly lists: (readonly number[] | undefined)[];
}

/** State variables in the order in which networks name them first, then diagnostic ones. */
export function collectVariables(
  networks: readonly NetworkDraft[],
  report: Report,
): readonly NamedVariable[] {
  const uses = usesOf(networks, report);
  const variables = [...uses].map(([name, { first, lists }]) => ({
    name,
    role: first.role,
    levels: commonList(lists, first, report),
  }));
  return [
    ...variables.filter(({ role }) => role === "state"),
    ...variables.filter(({ role }) => role === "diagnostic"),
  ];
}

function usesOf(networks: readonly NetworkDraft[], report: Report): Map<string, Uses> {
  const uses = new Map<string, Uses>();
  const told = new Set<string>();
  for (const { inputs, outputs } of networks) {
    for (const tensor of [...inputs, ...outputs]) {
      const known = new Set<string>();
      for (const field of fieldsOf(tensor)) {
        const { variable, role, at, piece } = field;
        const id = JSON.stringify([variable, piece]);
        if (known.has(id)) continue; // one look at each piece
        known.add(id);
        const use = uses.get(variable) ?? { first: field, lists: [] };
        uses.set(variable, use);
        use.lists.push(tensor.levels[piece]);
        if (use.first.role === role || told.has(variable)) continue;
        told.add(variable);
        report(
          at,
          `${variable} is ${use.first.role} at ${use.first.at.key}; expected it to be one of state and diagnostic`,
        );
      }
    }
  }
  return uses;
}

/** The list that holds all lists of a variable; where none does, all their levels in order. */
function commonList(
  lists: Uses["lists"],
  { at, variable }: FieldDraft,
  report: Report,
): Uses["lists"][number] {
  const given = lists.filter((list) => list !== undefined);
  const [first] = given;
  if (first === undefined) return undefined;
  if (given.length < lists.length)
    report(at, `expected levels wherever ${variable} is named, or nowhere; got both`);
  // most tensors name the same list
  const different = [...new Map(given.map((list) => [list.join(), list])).values()];
  const all = new Set(different.flat());
  const whole = different.find((list) => list.length === all.size);
  if (whole !== undefined) return whole;
  const isFalling = (first[0] ?? 0) > (first[1] ?? Number.NEGATIVE_INFINITY) && first.length > 1;
  return [...all].sort((a, b) => (isFalling ? b - a : a - b));
}

/** Different lists of levels by the name of their dimension: `level`, `level_1`, … */
export function nameLists(
  variables: readonly NamedVariable[],
  name: string,
): ReadonlyMap<string, readonly number[]> {
  const lists = new Map<string, readonly number[]>();
  for (const { levels } of variables) {
    if (levels === undefined || listName(lists, levels) !== undefined) continue;
    lists.set(lists.size === 0 ? name : `${name}_${lists.size}`, levels);
  }
  return lists;
}

export function listName(
  lists: ReadonlyMap<string, readonly number[]>,
  levels: readonly number[],
): string | undefined {
  for (const [name, list] of lists)
    if (list.length === levels.length && list.every((level, i) => level === levels[i])) return name;
  return undefined;
}
