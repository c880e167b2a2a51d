import type { Dataset, MemberNoise } from "@zarr-gateway/dataset";
import { formatIsoTime, type WorkflowDatasets } from "@zarr-gateway/plugin";
import { type CallOptions, GatewayError, isGatewayError, messageOf } from "@zarr-gateway/primitives";
import { type ForecastAxes, forecastAxes } from "./forecast-axes.ts";
import { asNoiseRefusal } from "./member-noise.ts";
import { refusedParameter } from "./refused-parameter.ts";

/** What is asked of a forecast, with the names of the parameters that say so. */
export interface ForecastRequest {
  readonly forecast: string;
  readonly times: { readonly parameter: string; readonly values: readonly Date[] };
  readonly steps: { readonly parameter: string; readonly value: number };
  readonly members?: { readonly parameter: string; readonly value: number } | undefined;
  readonly variables?: { readonly parameter: string; readonly values: readonly string[] } | undefined;
  /** Members otherwise than the forecast has them. */
  readonly noise?: MemberNoise | undefined;
}

/** The same, found in the forecast. */
export interface FoundForecast {
  readonly dataset: Dataset;
  readonly axes: ForecastAxes;
  /** Positions among the initial times, in the order of the request. */
  readonly starts: readonly number[];
}

const SHOWN = 5;

/** @throws GatewayError invalid_request that names the parameter which the forecast cannot meet */
export async function findForecast(
  request: ForecastRequest,
  datasets: WorkflowDatasets,
  options: CallOptions = {},
): Promise<FoundForecast> {
  const { forecast, times, steps, members, variables } = request;
  const dataset = await openForecast(request, datasets, options);
  const axes = await forecastAxes(forecast, dataset, options);
  if (times.values.length === 0) throw refusedParameter(times.parameter, "at least one start time is needed");
  const starts = times.values.map((time, at) => {
    if (times.values.findIndex((other) => other.getTime() === time.getTime()) < at)
      throw refusedParameter(times.parameter, `[${at}] = '${formatIsoTime(time)}' stands twice`);
    const position = axes.starts.indexOf(time.getTime());
    if (position >= 0) return position;
    const offered = `it has ${startsText(axes.starts)}`;
    throw refusedParameter(
      times.parameter,
      `[${at}] = '${formatIsoTime(time)}' is no start of the forecast "${forecast}": ${offered}`,
    );
  });
  const most = axes.leadCount - 1;
  if (steps.value > most)
    throw refusedParameter(
      steps.parameter,
      `the forecast "${forecast}" has ${most} steps, not ${steps.value}`,
    );
  if (members !== undefined && members.value > axes.memberCount)
    throw refusedParameter(
      members.parameter,
      `the forecast "${forecast}" has ${axes.memberCount} members, not ${members.value}`,
    );
  for (const name of variables?.values ?? []) {
    if (!dataset.variables.has(name) && variables !== undefined)
      throw refusedParameter(variables.parameter, `the forecast "${forecast}" has no variable "${name}"`);
  }
  return { dataset, axes, starts };
}

/** That the configuration names a forecast which cannot be opened is not the client's mistake. */
async function openForecast(
  { forecast: id, noise }: ForecastRequest,
  datasets: WorkflowDatasets,
  options: CallOptions,
): Promise<Dataset> {
  try {
    return await datasets.open(id, { ...options, ...(noise && { noise }) });
  } catch (thrown) {
    options.signal?.throwIfAborted();
    const error = asNoiseRefusal(thrown);
    if (error !== thrown) throw error;
    const code = isGatewayError(error) && error.code === "overloaded" ? "overloaded" : "upstream";
    throw new GatewayError(code, `the forecast "${id}" cannot be opened: ${messageOf(error)}`, {}, error);
  }
}

function startsText(starts: readonly number[]): string {
  const shown = starts.slice(0, SHOWN).map((time) => formatIsoTime(new Date(time)));
  const last = starts.at(-1);
  if (starts.length <= SHOWN || last === undefined) return shown.join(", ");
  return `${starts.length} from ${shown[0]} to ${formatIsoTime(new Date(last))}`;
}
