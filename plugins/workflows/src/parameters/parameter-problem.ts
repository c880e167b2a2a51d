import { GatewayError } from "@zarr-gateway/primitives";

/** What is wrong with one parameter. */
export interface ParameterProblem {
  /** `forecast_times.0`; empty for the parameters as a whole. */
  readonly path: string;
  readonly message: string;
  readonly input: unknown;
}

/** Much more than anybody reads. */
const MAX_PROBLEMS = 20;
const MAX_INPUT = 100;

/** One flat text that names every parameter, in the form of pydantic, and the same as data. */
export function refusedParameters(title: string, problems: readonly ParameterProblem[]): GatewayError {
  const shown = problems.slice(0, MAX_PROBLEMS);
  const lines = shown.map(({ path, message, input }) => `${path}\n  ${message} [${inputText(input)}]`);
  const count = `${problems.length} validation error${problems.length === 1 ? "" : "s"}`;
  return new GatewayError("invalid_request", `${count} for ${title}\n${lines.join("\n")}`, {
    problems: shown.map((problem) => ({ ...problem, input: shortened(problem.input) })),
  });
}

function inputText(input: unknown): string {
  if (input === undefined) return "input missing";
  return `input_value=${shortenedText(input)}, input_type=${pythonType(input)}`;
}

function shortenedText(input: unknown): string {
  const text = typeof input === "string" ? `'${input}'` : (JSON.stringify(input) ?? String(input));
  return text.length > MAX_INPUT ? `${text.slice(0, MAX_INPUT)}…` : text;
}

/** Clients are told what they sent, but not megabytes of it. */
function shortened(input: unknown): unknown {
  const text = JSON.stringify(input) as string | undefined; // undefined has no text
  return text === undefined || text.length <= MAX_INPUT ? (input ?? null) : `${text.slice(0, MAX_INPUT)}…`;
}

/** In Earth2Studio's words: its users read Python. */
export function pythonType(value: unknown): string {
  if (value === null || value === undefined) return "NoneType";
  if (Array.isArray(value)) return "list";
  switch (typeof value) {
    case "string":
      return "str";
    case "boolean":
      return "bool";
    case "number":
      return Number.isInteger(value) ? "int" : "float";
    default:
      return "dict";
  }
}
