/** Where something is said: the file as the user named it, line and column from 1. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong with a configuration. */
export interface Problem {
  readonly place?: Place | undefined;
  /** Key path as a person writes it, `datasets.air.location`; "" is the whole file. */
  readonly key: string;
  readonly message: string;
}

const MAX_PRINTED = 20;

/** A configuration that cannot be used; the message lists every problem, one a line. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";
  readonly problems: readonly Problem[];

  constructor(problems: readonly Problem[]) {
    super(formatProblems(problems));
    this.problems = problems;
  }
}

export function formatProblem(problem: Problem): string {
  const { place } = problem;
  const where = place ? `${place.file}:${place.line}:${place.column}: ` : "";
  return `${where}${problem.key === "" ? "" : `${problem.key}: `}${problem.message}`;
}

function formatProblems(problems: readonly Problem[]): string {
  const lines = problems.slice(0, MAX_PRINTED).map(formatProblem);
  if (problems.length > MAX_PRINTED) lines.push(`… and ${problems.length - MAX_PRINTED} more`);
  return lines.join("\n");
}

/** `["datasets", "air", "location"]` → `datasets.air.location`; names with other characters are quoted. */
export function formatKey(path: readonly PropertyKey[]): string {
  return path
    .map((part, position) => {
      if (typeof part === "number") return `[${part}]`;
      const name = String(part);
      if (!/^[\w.@/-]+$/.test(name)) return `[${JSON.stringify(name)}]`;
      return position === 0 ? name : `.${name}`;
    })
    .join("");
}
