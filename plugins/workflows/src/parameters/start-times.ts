import { parseIsoTime } from "@zarr-gateway/plugin";
import { type ParameterProblem, pythonType } from "./parameter-problem.ts";

/** Earth2Studio looks at what parameters of these names hold, whatever their type. */
const NAMES = ["forecast_times", "start_time"];
const EXAMPLES = "'2024-01-01T00:00:00' or '2024-01-01T00:00:00Z'";

/** Times have to be ISO 8601 with a time of day: a bare date is refused. */
export function startTimeProblems(parameters: Readonly<Record<string, unknown>>): ParameterProblem[] {
  return NAMES.flatMap((name) => {
    const given = parameters[name];
    if (given === undefined || given === null) return [];
    const times: readonly unknown[] = Array.isArray(given) ? given : [given];
    const at = times.findIndex((time) => timeProblem(time) !== undefined);
    if (at < 0) return [];
    const problem = timeProblem(times[at]);
    return [{ path: name, message: `Value error, ${name}[${at}] ${problem}`, input: given }];
  });
}

function timeProblem(time: unknown): string | undefined {
  if (typeof time !== "string") return `must be a string or datetime, got ${pythonType(time)}`;
  const wrong = `= '${time.slice(0, 100)}' is not a valid ISO 8601 datetime format.`;
  if (!/[T ]/.test(time)) return `${wrong} Expected format with time component like ${EXAMPLES}.`;
  if (parseIsoTime(time) === undefined) return `${wrong} Expected format like ${EXAMPLES}.`;
  return undefined;
}
