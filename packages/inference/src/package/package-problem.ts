import { GatewayError } from "@zarr-gateway/primitives";

/** One thing that is wrong with a model package. */
export interface PackageProblem {
  /** Name of the file without its folder: `model.yaml`. */
  readonly file: string;
  /** From 1; absent where nothing in the text is to blame. */
  readonly line?: number;
  readonly column?: number;
  /** Path of the key, `networks[1].inputs.temb.layout`; "" is the whole file. */
  readonly key: string;
  /** What was expected and what came. */
  readonly message: string;
}

const MAX_PRINTED = 20;

/** A model package that cannot be used: the message has every mistake, one a line; `cause` names its folder. */
export class ModelPackageError extends GatewayError {
  readonly problems: readonly PackageProblem[];

  constructor(problems: readonly PackageProblem[], cause?: unknown) {
    super("model_failed", formatPackageProblems(problems), {}, cause);
    this.problems = problems;
  }
}

export function formatPackageProblem({ file, line, column, key, message }: PackageProblem): string {
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  return `${place}: ${key === "" ? "" : `${key}: `}${message}`;
}

function formatPackageProblems(problems: readonly PackageProblem[]): string {
  const lines = problems.slice(0, MAX_PRINTED).map(formatPackageProblem);
  if (problems.length > MAX_PRINTED) lines.push(`… and ${problems.length - MAX_PRINTED} more`);
  return lines.join("\n");
}

/** `("networks[1].inputs", "temb")` → `networks[1].inputs.temb`; names with other characters are quoted. */
export function keyBelow(parent: string, part: string | number): string {
  if (typeof part === "number") return `${parent}[${part}]`;
  if (!/^[\w$.@/-]+$/.test(part)) return `${parent}[${JSON.stringify(part)}]`;
  return parent === "" ? part : `${parent}.${part}`;
}
