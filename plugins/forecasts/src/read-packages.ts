import {
  checkAgainstNetwork,
  firstUnmade,
  type ModelPackage,
  readGraphTensors,
} from "@zarr-gateway/inference";
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
    const read = await model.read(call);
    if (read.map === undefined) await compareWithGraphs(read, call);
    return optionProblems(options, read).map(({ path, message }) => ({
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

/**
 * What the package says of its graphs against what their files say; servers are asked when the model is used.
 * @throws ModelPackageError with every mistake of the first graph that has any
 */
async function compareWithGraphs(model: ModelPackage, options: CallOptions): Promise<void> {
  for (const plan of [...model.networks, ...model.diagnostics]) {
    const graph = plan.file === undefined ? undefined : await readGraphTensors(plan.file, options);
    if (graph !== undefined) checkAgainstNetwork(plan, graph, model.grid);
  }
}

/** What of the configuration does not fit the model. */
export function optionProblems(
  { initialConditions, chunks, members, steps }: ForecastOptions,
  model: Pick<ModelPackage, "variables" | "levels" | "grid" | "map" | "networks">,
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
  const unmade = firstUnmade(model, steps);
  return [
    ...(unmade === undefined
      ? []
      : [
          { path: ["steps"], message: `expected steps that the model makes; no network makes n = ${unmade}` },
        ]),
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
