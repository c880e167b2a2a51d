import type { Dataset, MemberNoise, Variable } from "@zarr-gateway/dataset";
import { formatIsoTime, type WorkflowDatasets } from "@zarr-gateway/plugin";
import { type CallOptions, GatewayError, isGatewayError, messageOf } from "@zarr-gateway/primitives";
import { type ForecastAxes, forecastAxes, forecastFields } from "./forecast-axes.ts";
import { diagnosedVariables } from "./forecast-diagnostics.ts";
import { asNoiseRefusal } from "./member-noise.ts";
import { refusedParameter } from "./refused-parameter.ts";

/** What is asked of a forecast, with the names of the parameters that say so. */
export interface ForecastRequest {
  readonly forecast: string;
  readonly times: { readonly parameter: string; readonly values: readonly Date[] };
  readonly steps: { readonly parameter: string; readonly value: number };
  readonly members?: { readonly parameter: string; readonly value: number } | undefined;
  readonly variables?: { readonly parameter: string; readonly values: readonly string[] } | undefined;
  /** The model of diagnostic variables that has to be there. */
  readonly diagnostics?: { readonly parameter: string; readonly value: string } | undefined;
  /** Members otherwise than the forecast has them. */
  readonly noise?: MemberNoise | undefined;
}

/** The same, found in the forecast. */
export interface FoundForecast {
  readonly dataset: Dataset;
  /** Variables of start and lead time, one at least. */
  readonly fields: readonly Variable[];
  /** Names of those that are diagnosed of others, where diagnostics were asked for and a model of the server makes them. */
  readonly diagnosed: readonly string[];
  readonly axes: ForecastAxes;
  /** Positions among the initial times, in the order of the request. */
  readonly starts: readonly number[];
}

const SHOWN = 5;
const SHOWN_NAMES = 40;

/** @throws GatewayError invalid_request that names the parameter which the forecast cannot meet */
export async function findForecast(
  request: ForecastRequest,
  datasets: WorkflowDatasets,
  options: CallOptions = {},
): Promise<FoundForecast> {
  const { forecast, steps, members } = request;
  const dataset = await openForecast(request, datasets, options);
  const axes = await forecastAxes(forecast, dataset, options);
  const fields = forecastFields(dataset, axes);
  if (fields.length === 0)
    throw new GatewayError("unsupported", `"${forecast}" has no variables of start and lead time`);
  const starts = foundStarts(request, axes);
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
  assertVariables(request, fields);
  const diagnosed = await foundDiagnostics(request, fields, { datasets, options });
  return { dataset, fields, diagnosed, axes, starts };
}

function foundStarts({ forecast, times: { parameter, values } }: ForecastRequest, axes: ForecastAxes) {
  if (values.length === 0) throw refusedParameter(parameter, "at least one start time is needed");
  return values.map((time, at) => {
    if (values.findIndex((other) => other.getTime() === time.getTime()) < at)
      throw refusedParameter(parameter, `[${at}] = '${formatIsoTime(time)}' stands twice`);
    const position = axes.starts.indexOf(time.getTime());
    if (position >= 0) return position;
    const offered = `it has ${startsText(axes.starts)}`;
    throw refusedParameter(
      parameter,
      `[${at}] = '${formatIsoTime(time)}' is no start of the forecast "${forecast}": ${offered}`,
    );
  });
}

function assertVariables({ forecast, variables }: ForecastRequest, fields: readonly Variable[]): void {
  if (variables === undefined) return;
  const { parameter, values } = variables;
  for (const [at, name] of values.entries()) {
    if (values.indexOf(name) < at) throw refusedParameter(parameter, `[${at}] = '${name}' stands twice`);
    if (fields.some((field) => field.name === name)) continue;
    throw refusedParameter(
      parameter,
      `the forecast "${forecast}" has no variable "${name}": it has ${namesText(fields)}`,
    );
  }
}

interface Reading {
  readonly datasets: WorkflowDatasets;
  readonly options: CallOptions;
}

/** What an archive of a forecast has was made elsewhere: nobody here knows how. */
async function foundDiagnostics(
  { forecast, diagnostics }: ForecastRequest,
  fields: readonly Variable[],
  { datasets, options }: Reading,
): Promise<readonly string[]> {
  if (diagnostics === undefined) return [];
  const model = await datasets.model(forecast, options);
  if (model === undefined) return [];
  const made = diagnosedVariables(model);
  const found = fields.filter(({ name }) => made.has(name)).map(({ name }) => name);
  if (found.length > 0) return found;
  throw refusedParameter(
    diagnostics.parameter,
    `'${diagnostics.value}' cannot be run: the forecast "${forecast}" has no diagnostic variables, it has ${namesText(fields)}`,
  );
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

function namesText(fields: readonly Variable[]): string {
  const names = fields.slice(0, SHOWN_NAMES).map(({ name }) => name);
  const more = fields.length - names.length;
  return `${names.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
}
