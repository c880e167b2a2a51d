import { MAX_LEVELS } from "./python-json.ts";

export interface UnstorableValue {
  /** Names and places from the parameters down. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** More of them say no more. */
const MAX_TOLD = 20;

/**
 * Values that Python sends and JSON cannot keep: numbers that are not finite, halves of surrogate pairs, and what is nested
 * so deeply that whoever walks through it runs out of stack.
 */
export function unstorableValues(parameters: Readonly<Record<string, unknown>>): readonly UnstorableValue[] {
  const found: UnstorableValue[] = [];
  visit(parameters, [], found);
  return found;
}

function visit(value: unknown, path: readonly (string | number)[], found: UnstorableValue[]): void {
  if (found.length === MAX_TOLD) return;
  if (path.length > MAX_LEVELS) {
    found.push({ path: path.slice(0, 1), message: `Input should have at most ${MAX_LEVELS} levels` });
    return;
  }
  if (typeof value === "number" && !Number.isFinite(value))
    found.push({ path, message: "Input should be a finite number" });
  if (typeof value === "string" && !value.isWellFormed())
    found.push({
      path,
      message: "Input should be a valid string, unable to parse raw data as a unicode string",
    });
  if (Array.isArray(value))
    for (const [index, member] of value.entries()) visit(member, [...path, index], found);
  else if (typeof value === "object" && value !== null)
    for (const [name, member] of Object.entries(value)) {
      if (!name.isWellFormed())
        found.push({ path: [...path, name.toWellFormed()], message: "Keys should be valid strings" });
      visit(member, [...path, name], found);
    }
}

/** As many lines as pydantic writes. */
export function unstorableText(values: readonly UnstorableValue[]): string {
  const count = `${values.length} validation error${values.length === 1 ? "" : "s"}`;
  return [count, ...values.map(({ path, message }) => `${path.join(".")}\n  ${message}`)].join("\n");
}
