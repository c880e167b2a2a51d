import { MISSING_MARKS, TIME_MARKS } from "./combine-times.ts";
import { isNumeric } from "./harmonised-times.ts";
import { type Member, refusal, type VariableFacts, withoutVariable } from "./member.ts";
import { checkSameNames, differenceOf } from "./planned-group.ts";
import { isTimeUnits } from "./time-clock.ts";
import type { Turns } from "./turns.ts";
import { arePackedOtherwise } from "./unpacked-variable.ts";

export interface AlikeOptions {
  readonly members: readonly Member[];
  /** Positions in `members`. */
  readonly positions: readonly number[];
  readonly dim: string;
  readonly turns: Turns;
}

/**
 * Compares each file with the first.
 * @returns names of the variables whose files pack the same quantity into numbers in different ways
 * @throws GatewayError naming the file that differs from the first, and in what
 */
export async function checkAlike({ members, positions, dim, turns }: AlikeOptions): Promise<Set<string>> {
  const first = members[positions[0] ?? 0] as Member; // there is at least one
  const known = new Set([first.facts]);
  const packed = new Set<string>();
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
      const other = member.facts.variables.get(name) as VariableFacts; // the same names
      if (checkSameVariable({ first, member, dim }, facts, other) === "packed otherwise") packed.add(name);
    }
  }
  return packed;
}

interface PairContext {
  readonly first: Member;
  readonly member: Member;
  readonly dim: string;
}

function checkSameVariable(
  { first, member, dim }: PairContext,
  a: VariableFacts,
  b: VariableFacts,
): "alike" | "packed otherwise" {
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
  const isPacked = difference !== undefined && a.dims.includes(dim) && !isKept && arePackedOtherwise(a, b);
  if (difference !== undefined && !isPacked)
    throw refusal(`"${a.name}" ${pair} differs in ${difference}; ${withoutVariable(a.name)}`);
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
  return isPacked ? "packed otherwise" : "alike";
}

/** Also of bounds, which have the units of their coordinate. */
function hasTimeUnits(member: Member, { name, marks }: VariableFacts): boolean {
  return isTimeUnits(marks["units"] ?? parentOf(member, name)?.marks["units"]);
}

/** The coordinate that a variable holds the bounds of. */
export function parentOf({ facts }: Member, name: string): VariableFacts | undefined {
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
        `"${name}" is ${String(values[0])} in "${first.label}", ${String(other[0])} in "${member.label}"; ${withoutVariable(name)}`,
      );
    }
  }
}
