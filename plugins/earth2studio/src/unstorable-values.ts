import { MAX_LEVELS } from "./python-json.ts";

export interface UnstorableValue {
  /** Names and places from the parameters down. */
  readonly path: readonly (string | number)[];
  readonly message: string;
}

/** More of them say no more. */
const MAX_TOLD = 20;
const RAW = "unable to parse raw data as a unicode string";

/**
 * Values that Python sends and JSON cannot keep: numbers that are not finite, halves of surrogate pairs, and what is nested
 * so deeply that whoever walks through it runs out of stack.
 */
export function unstorableValues(parameters: Readonly<Record<string, unknown>>): readonly UnstorableValue[] {
  const found: UnstorableValue[] = [];
  const path: (string | number)[] = [];
  const tell = (message: string, place: readonly (string | number)[] = path): void => {
    if (found.length < MAX_TOLD) found.push({ path: [...place], message });
  };
  const within = (step: string | number, value: unknown): void => {
    path.push(step);
    visit(value);
    path.pop();
  };
  const visit = (value: unknown): void => {
    if (path.length > MAX_LEVELS) tell(`Input should have at most ${MAX_LEVELS} levels`, path.slice(0, 1));
    else if (typeof value === "number" && !Number.isFinite(value)) tell("Input should be a finite number");
    else if (typeof value === "string" && !value.isWellFormed())
      tell(`Input should be a valid string, ${RAW}`);
    else if (Array.isArray(value)) for (const [index, member] of value.entries()) within(index, member);
    else if (typeof value === "object" && value !== null)
      for (const [name, member] of Object.entries(value)) {
        if (!name.isWellFormed())
          tell(`Keys should be valid strings, ${RAW}`, [...path, name.toWellFormed()]);
        within(name, member);
      }
  };
  visit(parameters);
  return found;
}

/** As many lines as pydantic writes. */
export function unstorableText(values: readonly UnstorableValue[]): string {
  const count = `${values.length} validation error${values.length === 1 ? "" : "s"}`;
  return [count, ...values.map(({ path, message }) => `${path.join(".")}\n  ${message}`)].join("\n");
}
