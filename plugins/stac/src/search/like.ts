import type { Operand } from "./compile-operand.ts";
import type { FilterScope, Predicate } from "./filter-scope.ts";
import { invalid } from "./invalid.ts";

const MAX_PATTERN = 1000;

/** `LIKE`: `%` is any text, `_` one character, a backslash takes the next as it is. */
export function likePredicate([left, right]: readonly Operand[], scope: FilterScope): Predicate {
  let compiled: { readonly pattern: string; readonly isLike: (text: string) => boolean } | undefined;
  return (record) => {
    const text = left?.value(record);
    const pattern = right?.value(record);
    if (text === undefined || pattern === undefined) return undefined;
    if (typeof text !== "string" || typeof pattern !== "string") return false;
    if (compiled?.pattern !== pattern) {
      if (pattern.length > MAX_PATTERN)
        throw invalid(scope.field, `a pattern of ${MAX_PATTERN} characters at most`);
      compiled = { pattern, isLike: compilePattern(pattern) };
    }
    return compiled.isLike(text);
  };
}

/** One character, or any. */
type Part = string | typeof ANY;
const ANY = Symbol("any character");

/** Parts between `%`: each is sought after the one before it, so that no pattern takes exponential time. */
function compilePattern(pattern: string): (text: string) => boolean {
  const segments = segmentsOf(pattern);
  const plain = segments.map((segment) => segment.map((part) => (part === ANY ? "" : part)).join(""));
  if (segments.every((segment) => !segment.includes(ANY))) return (text) => isPlainLike(text, plain);
  return (text) => isLike([...text], segments);
}

function segmentsOf(pattern: string): Part[][] {
  const segments: Part[][] = [[]];
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] as string; // inside
    if (character === "%") segments.push([]);
    else if (character === "_") segments.at(-1)?.push(ANY);
    else segments.at(-1)?.push(character === "\\" ? (characters[++at] ?? character) : character);
  }
  return segments;
}

function isPlainLike(text: string, segments: readonly string[]): boolean {
  const first = segments[0] as string; // one segment at least
  const last = segments.at(-1) as string; // the same
  if (segments.length === 1) return text === first;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last))
    return false;
  let at = first.length;
  for (const segment of segments.slice(1, -1)) {
    const found = text.indexOf(segment, at);
    if (found === -1) return false;
    at = found + segment.length;
  }
  return at <= text.length - last.length;
}

function isLike(characters: readonly string[], segments: readonly (readonly Part[])[]): boolean {
  const first = segments[0] as readonly Part[]; // one segment at least
  const last = segments.at(-1) as readonly Part[]; // the same
  const end = characters.length - last.length;
  if (segments.length === 1) return end === 0 && matchesAt(characters, 0, first);
  if (end < first.length || !matchesAt(characters, 0, first) || !matchesAt(characters, end, last))
    return false;
  let at = first.length;
  for (const segment of segments.slice(1, -1)) {
    while (at + segment.length <= end && !matchesAt(characters, at, segment)) at += 1;
    at += segment.length;
    if (at > end) return false;
  }
  return true;
}

function matchesAt(characters: readonly string[], at: number, segment: readonly Part[]): boolean {
  return segment.every((part, offset) => part === ANY || part === characters[at + offset]);
}
