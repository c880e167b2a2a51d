import type { ModelPackage } from "@zarr-gateway/inference";
import {
  type CallOptions,
  isGatewayError,
  mapConcurrently,
  messageOf,
  similarWord,
} from "@zarr-gateway/primitives";
import { ForecastConfigurationError, type ForecastProblem } from "./configuration-problems.ts";
import type { ForecastOptions } from "./options.ts";
import type { Forecast } from "./provider.ts";

/** Packages are large: hashing two at once keeps a disk busy. */
const AT_ONCE = 2;

/**
 * Reads all model packages once, so that mistakes stop the start.
 * @throws ForecastConfigurationError with every mistake of every package
 */
export async function readPackages(forecasts: readonly Forecast[], options: CallOptions = {}): Promise<void> {
  const found = await mapConcurrently(forecasts, AT_ONCE, (forecast) => problemsOf(forecast, options));
  const problems = found.flat();
  if (problems.length > 0) throw new ForecastConfigurationError(problems);
}

async function problemsOf(
  { id, options, model }: Forecast,
  call: CallOptions,
): Promise<readonly ForecastProblem[]> {
  try {
    return optionProblems(options, await model.read(call)).map(({ path, message }) => ({
      path: [id, ...path],
      message,
    }));
  } catch (error) {
    if (!isGatewayError(error)) throw error;
    // one line for each mistake of the package, which names its own file and key
    return messageOf(error)
      .split("\n")
      .map((message) => ({ path: [id, "model"], message }));
  }
}

/** What of the configuration does not fit the model. */
export function optionProblems(
  { initialConditions, chunks, members }: ForecastOptions,
  model: Pick<ModelPackage, "variables" | "levels" | "grid" | "map">,
): readonly ForecastProblem[] {
  if (model.map !== undefined)
    return [
      {
        path: ["model"],
        message: "is the package of a map (a grid of names alone): expected a step and networks",
      },
    ];
  const states = model.variables.filter(({ role }) => role === "state").map(({ name }) => name);
  const ensemble = members === undefined ? [] : ["member"];
  const axes = model.grid.map(({ name }) => name);
  const dims = ["init_time", "lead_time", ...ensemble, ...Object.keys(model.levels), ...axes];
  return [
    ...unknown(["initialConditions", "variables"], initialConditions.variables, {
      what: "a state variable of the model",
      known: states,
    }),
    ...unknown(["chunks"], chunks, { what: "a dimension of the forecast", known: dims }),
  ];
}

function unknown(
  path: readonly string[],
  given: Readonly<Record<string, unknown>> | undefined,
  { what, known }: { readonly what: string; readonly known: readonly string[] },
): ForecastProblem[] {
  return Object.keys(given ?? {})
    .filter((name) => !known.includes(name))
    .map((name) => {
      const meant = similarWord(name, known);
      const advice = meant === undefined ? "" : ` did you mean ${JSON.stringify(meant)}?`;
      return { path: [...path, name], message: `not ${what};${advice} there are ${known.join(", ")}` };
    });
}
