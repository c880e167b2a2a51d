/** The names that a person may have meant, nearest first, at most `count`. */
export function similarNames(name: string, names: readonly string[], count = 3): string[] {
  const asked = name.slice(0, 60).toLowerCase();
  return names
    .map((candidate) => ({ candidate, distance: distanceTo(asked, candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= Math.max(1, Math.floor(candidate.length / 3)))
    .toSorted((a, b) => a.distance - b.distance)
    .slice(0, count)
    .map(({ candidate }) => candidate);
}

/** `; did you mean "viridis"?`, or nothing. */
export function meant(name: string, names: readonly string[]): string {
  const near = similarNames(name, names);
  return near.length === 0 ? "" : `; did you mean ${near.map((found) => `"${found}"`).join(" or ")}?`;
}

/** Insertions, deletions and replacements (Levenshtein); a name that only begins like the other is near. */
function distanceTo(asked: string, candidate: string): number {
  if (asked.length >= 3 && candidate.startsWith(asked)) return 1;
  let row = Array.from({ length: candidate.length + 1 }, (_, at) => at);
  for (const [line, letter] of [...asked].entries()) {
    const next = [line + 1];
    for (let at = 1; at <= candidate.length; at += 1) {
      const replaced = (row[at - 1] ?? 0) + (candidate[at - 1] === letter ? 0 : 1);
      next.push(Math.min(replaced, (row[at] ?? 0) + 1, (next[at - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[candidate.length] ?? 0;
}
