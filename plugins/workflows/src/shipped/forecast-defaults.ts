import { formatIsoTime, type WorkflowDatasets } from "@zarr-gateway/plugin";
import type { CallOptions } from "@zarr-gateway/primitives";
import { type ForecastAxes, forecastAxes } from "./forecast-axes.ts";
import { type ForecastConfig, forecastFor } from "./forecast-choice.ts";

type Properties = Readonly<Record<string, { readonly default?: unknown }>>;

export interface DefaultsAsked {
  /** Of the schema of the parameters. */
  readonly properties: Properties;
  readonly config: ForecastConfig & Readonly<Record<string, unknown>>;
  /** What was sent: it needs no default, and may name the model. */
  readonly given: Readonly<Record<string, unknown>>;
}

/** Parameters that a forecast answers for. */
const SERVED: ReadonlySet<string> = new Set([
  "start_time",
  "forecast_times",
  "num_steps",
  "nsteps",
  "nensemble",
]);
/** What upstream's workflows call the model that a forecast stands for. */
const MODELS = ["model_type", "prognostic_model_type"] as const;

/**
 * Upstream's defaults are those of its models: a forecast that lacks the start, or has fewer steps or members, is asked for
 * its latest start and for as many as it has. Only of parameters whose default it cannot serve.
 * @throws GatewayError where the forecast cannot be opened
 */
export async function forecastDefaults(
  { properties, config, given }: DefaultsAsked,
  datasets: Pick<WorkflowDatasets, "open">,
  options: CallOptions = {},
): Promise<Readonly<Record<string, unknown>>> {
  const [model = MODELS[0]] = MODELS.filter((name) => name in properties || name in config);
  const missing = Object.entries(properties).filter(
    ([name]) => given[name] === undefined && SERVED.has(name),
  );
  if (missing.length === 0) return {};
  const id = forecastFor(config, model, String(given[model] ?? properties[model]?.default ?? config[model]));
  const axes = await forecastAxes(id, await datasets.open(id, options), options);
  return Object.fromEntries(
    missing.flatMap(([name, { default: known }]) => {
      const own = servedDefault(name, known, axes);
      return own === undefined ? [] : [[name, own]];
    }),
  );
}

/** Undefined: the default can be served as it is. */
function servedDefault(name: string, known: unknown, axes: ForecastAxes): unknown {
  switch (name) {
    case "start_time":
    case "forecast_times":
      return servedTimes(known, axes.starts);
    case "num_steps":
    case "nsteps":
      return atMost(known, axes.leadCount - 1);
    case "nensemble":
      return atMost(known, axes.memberCount);
    default:
      return undefined;
  }
}

function servedTimes(known: unknown, starts: readonly number[]): readonly string[] | undefined {
  const times = Array.isArray(known) ? known : [];
  // upstream's times have no zone and mean UTC
  if (times.every((time) => starts.includes(Date.parse(`${String(time).replace(/Z$/, "")}Z`))))
    return undefined;
  const latest = starts.findLast((start) => !Number.isNaN(start));
  return latest === undefined ? undefined : [formatIsoTime(new Date(latest))];
}

function atMost(known: unknown, most: number): number | undefined {
  return typeof known === "number" && known > most && most > 0 ? most : undefined;
}
