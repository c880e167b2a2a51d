/** One stamped line for each line of a text; a line break at its end makes no empty one. Times in ISO 8601, UTC. */
export function stampedLines(text: string, at: number): string {
  const stamp = new Date(at).toISOString();
  return text
    .replace(/\r?\n$/, "")
    .split(/\r?\n/)
    .map((line) => `${stamp} ${line}\n`)
    .join("");
}

/** When the first line of a log was written, milliseconds since 1970; undefined where it has no stamp. */
export function stampOf(line: string): number | undefined {
  const at = Date.parse(line.slice(0, 24));
  return Number.isNaN(at) ? undefined : at;
}
