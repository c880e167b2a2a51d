import { checkTiles, type ModelPackage } from "@zarr-gateway/inference";
import { type CallOptions, isGatewayError, mapConcurrently, messageOf } from "@zarr-gateway/primitives";
import { MapConfigurationError, type MapProblem } from "./configuration-problems.ts";
import type { MapOptions } from "./options.ts";
import type { ConfiguredMap } from "./provider.ts";
import { tileOptions } from "./tile-options.ts";

/** Packages are large: hashing two at once keeps a disk busy. */
const AT_ONCE = 2;

/**
 * Reads all model packages once, so that mistakes stop the start.
 * @throws MapConfigurationError with every mistake of every package
 */
export async function readPackages(maps: readonly ConfiguredMap[], options: CallOptions = {}): Promise<void> {
  const found = await mapConcurrently(maps, AT_ONCE, (map) => problemsOf(map, options));
  const problems = found.flat();
  if (problems.length > 0) throw new MapConfigurationError(problems);
}

async function problemsOf(
  { id, options, model }: ConfiguredMap,
  call: CallOptions,
): Promise<readonly MapProblem[]> {
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
  options: Pick<MapOptions, "tile" | "variables">,
  model: Pick<ModelPackage, "map" | "grid" | "variables">,
): readonly MapProblem[] {
  if (model.map === undefined)
    return [
      {
        path: ["model"],
        message: "is a forecast's: the package of a map has a grid of names alone, such as grid: [lat, lon]",
      },
    ];
  const states = model.variables.filter(({ role }) => role === "state").map(({ name }) => name);
  const unknown = Object.keys(options.variables ?? {}).filter((name) => !states.includes(name));
  const problems: MapProblem[] = unknown.map((name) => ({
    path: ["variables", name],
    message: `not a state variable of the model; there are ${states.join(", ")}`,
  }));
  try {
    checkTiles(model, tileOptions(options.tile));
  } catch (error) {
    if (!isGatewayError(error)) throw error;
    problems.push({ path: ["tile"], message: messageOf(error) });
  }
  return problems;
}
