import type { FilterScope, Predicate } from "./compile-filter.ts";
import type { Operand } from "./compile-operand.ts";
import { invalid } from "./invalid.ts";

const MAX_PATTERN = 1000;

/** `LIKE`: `%` is any text, `_` one character, a backslash takes the next as it is. */
export function likePredicate([left, right]: readonly Operand[], scope: FilterScope): Predicate {
  let compiled: { readonly pattern: string; readonly parts: readonly Part[] } | undefined;
  return (record) => {
    const text = left?.value(record);
    const pattern = right?.value(record);
    if (text === undefined || pattern === undefined) return undefined;
    if (typeof text !== "string" || typeof pattern !== "string") return false;
    if (pattern.length > MAX_PATTERN)
      throw invalid(scope.field, `a pattern of ${MAX_PATTERN} characters at most`);
    if (compiled?.pattern !== pattern) compiled = { pattern, parts: partsOf(pattern) };
    return isLike(text, compiled.parts);
  };
}

type Part = { readonly any: "text" | "character" } | { readonly character: string };

function partsOf(pattern: string): Part[] {
  const parts: Part[] = [];
  const characters = [...pattern];
  for (let at = 0; at < characters.length; at += 1) {
    const character = characters[at] as string; // inside
    if (character === "\\" && at + 1 < characters.length)
      parts.push({ character: characters[++at] as string });
    else if (character === "%") parts.push({ any: "text" });
    else if (character === "_") parts.push({ any: "character" });
    else parts.push({ character });
  }
  return parts;
}

/** Without going back further than the last `%`, so that no pattern takes exponential time. */
function isLike(text: string, parts: readonly Part[]): boolean {
  const characters = [...text];
  let at = 0;
  let part = 0;
  let star = -1;
  let starAt = 0;
  while (at < characters.length) {
    const expected = parts[part];
    if (expected && "any" in expected && expected.any === "text") {
      star = part;
      starAt = at;
      part += 1;
    } else if (expected && ("any" in expected || expected.character === characters[at])) {
      at += 1;
      part += 1;
    } else if (star >= 0) {
      starAt += 1;
      at = starAt;
      part = star + 1;
    } else return false;
  }
  return parts.slice(part).every((rest) => "any" in rest && rest.any === "text");
}
