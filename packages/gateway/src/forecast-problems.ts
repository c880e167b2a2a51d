import { ForecastConfigurationError } from "@zarr-gateway/plugin-forecasts";
import { MapConfigurationError } from "@zarr-gateway/plugin-maps";
import { similarWord } from "@zarr-gateway/primitives";
import {
  ConfigurationError,
  formatKey,
  type LoadedConfiguration,
  type Problem,
} from "./configuration/index.ts";

/**
 * Forecasts and maps that contradict the rest of the configuration, found without opening anything.
 * @param builtIn names of plugins that bring no datasets of their own
 */
export function forecastProblems(
  { configuration, document }: LoadedConfiguration,
  builtIn: ReadonlySet<string>,
): Problem[] {
  const { forecasts, maps, datasets } = configuration;
  const problem = (key: readonly string[], message: string): Problem => ({
    place: document?.placeOf(key),
    key: formatKey(key),
    message,
  });
  const problemsOf = (id: string, made: Made): Problem[] => {
    if (Object.hasOwn(datasets, id)) return [problem([made.kind, id], "a dataset has this id already")];
    if (made.kind === "maps" && Object.hasOwn(forecasts, id))
      return [problem([made.kind, id], "a forecast has this id already")];
    const start = [made.kind, id, ...made.key];
    const circle = circleFrom(id, configuration);
    if (circle !== undefined) return [problem(start, `${made.circle}: ${circle.join(" → ")}`)];
    const unknown = unknownAnalysis(id, configuration, builtIn);
    return unknown === undefined ? [] : [problem(start, unknown)];
  };
  return [
    ...Object.keys(forecasts).flatMap((id) => problemsOf(id, FORECAST)),
    ...Object.keys(maps).flatMap((id) => problemsOf(id, MAP)),
  ];
}

/** Where a kind of computed dataset says what it is made of. */
interface Made {
  readonly kind: "forecasts" | "maps";
  readonly key: readonly string[];
  readonly circle: string;
}
const FORECAST: Made = {
  kind: "forecasts",
  key: ["initialConditions", "dataset"],
  circle: "a forecast cannot start from itself",
};
const MAP: Made = { kind: "maps", key: ["dataset"], circle: "a map cannot be made of itself" };

/** What the plugin found when it read the model packages, with its places in the file; anything else as it is. */
export function withForecastPlaces(error: unknown, { document }: LoadedConfiguration): unknown {
  const cause = error instanceof Error ? error.cause : undefined; // the server says which plugin failed to start
  const isForecasts = cause instanceof ForecastConfigurationError;
  if (!isForecasts && !(cause instanceof MapConfigurationError)) return error;
  return new ConfigurationError(
    cause.problems.map(({ path, message }) => {
      const key = [isForecasts ? "forecasts" : "maps", ...path];
      return { place: document?.placeOf(key), key: formatKey(key), message };
    }),
  );
}

type Configuration = LoadedConfiguration["configuration"];

/** What a view is made of. */
function baseOf(id: string, { forecasts, maps }: Configuration): string | undefined {
  const made = forecasts[id]?.initialConditions.dataset ?? maps[id]?.dataset;
  return made?.split("@")[0];
}

function circleFrom(id: string, configuration: Configuration): string[] | undefined {
  const trail = [id];
  for (let next = baseOf(id, configuration); next !== undefined; next = baseOf(next, configuration)) {
    trail.push(next);
    if (next === id) return trail;
    const { forecasts, maps } = configuration;
    if (trail.length > Object.keys({ ...forecasts, ...maps }).length + 1) return undefined; // another one's circle
  }
  return undefined;
}

/** Only where all ids are known: those of folders and of the user's own plugins are not. */
function unknownAnalysis(
  id: string,
  configuration: Configuration,
  builtIn: ReadonlySet<string>,
): string | undefined {
  const { datasets, forecasts, maps, folders, plugins } = configuration;
  const base = baseOf(id, configuration) ?? "";
  const known = [...Object.keys(datasets), ...Object.keys(forecasts), ...Object.keys(maps)];
  const isOpen = folders.length > 0 || Object.keys(plugins).some((name) => !builtIn.has(name));
  if (known.includes(base) || isOpen) return undefined;
  const meant = similarWord(base, known);
  const advice = meant === undefined ? "" : `; did you mean ${JSON.stringify(meant)}?`;
  return `there is no dataset ${JSON.stringify(base)}${advice}`;
}
