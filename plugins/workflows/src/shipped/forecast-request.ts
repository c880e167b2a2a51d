import type { Dataset } from "@zarr-gateway/dataset";
import { formatIsoTime, type WorkflowDatasets } from "@zarr-gateway/plugin";
import { type CallOptions, GatewayError, isGatewayError, messageOf } from "@zarr-gateway/primitives";
import { type ForecastAxes, forecastAxes } from "./forecast-axes.ts";

/** What is asked of a forecast, with the names of the parameters that say so. */
export interface ForecastRequest {
  readonly forecast: string;
  readonly times: { readonly parameter: string; readonly values: readonly Date[] };
  readonly steps: { readonly parameter: string; readonly value: number };
  readonly members?: { readonly parameter: string; readonly value: number } | undefined;
  readonly variables?: { readonly parameter: string; readonly values: readonly string[] } | undefined;
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
  const dataset = await openForecast(forecast, datasets, options);
  const axes = await forecastAxes(forecast, dataset, options);
  if (times.values.length === 0) throw refused(times.parameter, "at least one start time is needed");
  const starts = times.values.map((time, at) => {
    const position = axes.starts.indexOf(time.getTime());
    if (position >= 0) return position;
    const offered = `it has ${startsText(axes.starts)}`;
    throw refused(
      times.parameter,
      `[${at}] = '${formatIsoTime(time)}' is no start of the forecast "${forecast}": ${offered}`,
    );
  });
  const most = axes.leadCount - 1;
  if (steps.value > most)
    throw refused(steps.parameter, `the forecast "${forecast}" has ${most} steps, not ${steps.value}`);
  if (members !== undefined && members.value > axes.memberCount)
    throw refused(
      members.parameter,
      `the forecast "${forecast}" has ${axes.memberCount} members, not ${members.value}`,
    );
  for (const name of variables?.values ?? []) {
    if (!dataset.variables.has(name) && variables !== undefined)
      throw refused(variables.parameter, `the forecast "${forecast}" has no variable "${name}"`);
  }
  return { dataset, axes, starts };
}

/** That the configuration names a forecast which cannot be opened is not the client's mistake. */
async function openForecast(id: string, datasets: WorkflowDatasets, options: CallOptions): Promise<Dataset> {
  try {
    return await datasets.open(id, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    const code = isGatewayError(error) && error.code === "overloaded" ? "overloaded" : "upstream";
    throw new GatewayError(code, `the forecast "${id}" cannot be opened: ${messageOf(error)}`, {}, error);
  }
}

function refused(parameter: string, message: string): GatewayError {
  return new GatewayError("invalid_request", `${parameter}: ${message}`, {
    problems: [{ path: parameter, message, input: null }],
  });
}

function startsText(starts: readonly number[]): string {
  const shown = starts.slice(0, SHOWN).map((time) => formatIsoTime(new Date(time)));
  const last = starts.at(-1);
  if (starts.length <= SHOWN || last === undefined) return shown.join(", ");
  return `${starts.length} from ${shown[0]} to ${formatIsoTime(new Date(last))}`;
}
