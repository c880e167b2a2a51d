import { ForecastConfigurationError } from "@zarr-gateway/plugin-forecasts";
import { similarWord } from "@zarr-gateway/primitives";
import {
  ConfigurationError,
  formatKey,
  type LoadedConfiguration,
  type Problem,
} from "./configuration/index.ts";

/**
 * Forecasts that contradict the rest of the configuration, found without opening anything.
 * @param builtIn names of plugins that bring no datasets of their own
 */
export function forecastProblems(
  { configuration, document }: LoadedConfiguration,
  builtIn: ReadonlySet<string>,
): Problem[] {
  const { forecasts, datasets } = configuration;
  const problem = (path: readonly string[], message: string): Problem => {
    const key = ["forecasts", ...path];
    return { place: document?.placeOf(key), key: formatKey(key), message };
  };
  return Object.keys(forecasts).flatMap((id) => {
    const start = [id, "initialConditions", "dataset"];
    if (Object.hasOwn(datasets, id)) return [problem([id], "a dataset has this id already")];
    const circle = circleFrom(id, configuration);
    if (circle !== undefined)
      return [problem(start, `a forecast cannot start from itself: ${circle.join(" → ")}`)];
    const unknown = unknownAnalysis(id, configuration, builtIn);
    return unknown === undefined ? [] : [problem(start, unknown)];
  });
}

/** What the plugin found when it read the model packages, with its places in the file; anything else as it is. */
export function withForecastPlaces(error: unknown, { document }: LoadedConfiguration): unknown {
  const cause = error instanceof Error ? error.cause : undefined; // the server says which plugin failed to start
  if (!(cause instanceof ForecastConfigurationError)) return error;
  return new ConfigurationError(
    cause.problems.map(({ path, message }) => {
      const key = ["forecasts", ...path];
      return { place: document?.placeOf(key), key: formatKey(key), message };
    }),
  );
}

type Configuration = LoadedConfiguration["configuration"];

/** What a view is made of. */
function baseOf(id: string, { forecasts }: Configuration): string | undefined {
  return forecasts[id]?.initialConditions.dataset.split("@")[0];
}

function circleFrom(id: string, configuration: Configuration): string[] | undefined {
  const trail = [id];
  for (let next = baseOf(id, configuration); next !== undefined; next = baseOf(next, configuration)) {
    trail.push(next);
    if (next === id) return trail;
    if (trail.length > Object.keys(configuration.forecasts).length + 1) return undefined; // another one's circle
  }
  return undefined;
}

/** Only where all ids are known: those of folders and of the user's own plugins are not. */
function unknownAnalysis(
  id: string,
  configuration: Configuration,
  builtIn: ReadonlySet<string>,
): string | undefined {
  const { datasets, forecasts, folders, plugins } = configuration;
  const base = baseOf(id, configuration) ?? "";
  const known = [...Object.keys(datasets), ...Object.keys(forecasts)];
  const isOpen = folders.length > 0 || Object.keys(plugins).some((name) => !builtIn.has(name));
  if (known.includes(base) || isOpen) return undefined;
  const meant = similarWord(base, known);
  const advice = meant === undefined ? "" : `; did you mean ${JSON.stringify(meant)}?`;
  return `there is no dataset ${JSON.stringify(base)}${advice}`;
}
