import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Dataset, Variable } from "@zarr-gateway/dataset";
import { parseIsoTime, type WorkflowContext } from "@zarr-gateway/plugin";
import { messageOf } from "@zarr-gateway/primitives";
import { type ForecastRequest, type FoundForecast, findForecast } from "./forecast-request.ts";
import { forecastResult } from "./forecast-result.ts";

export interface ForecastRun {
  readonly request: ForecastRequest;
  /** What goes into `forecast_metadata.json`. */
  readonly info: Readonly<Record<string, unknown>>;
  readonly summary: string;
  readonly plot?: Plot | undefined;
  /** Members that run at once; as the writer has it unless told. */
  readonly batch?: number | undefined;
}

export interface Plot {
  readonly variable: string;
  readonly step: number;
}

interface Drawing extends Plot {
  /** Rather than any, where there is no variable of the name. */
  readonly others: readonly string[];
}

type AnyContext = WorkflowContext<unknown, unknown, unknown>;

/** A forecast written as results, with a description of it and a picture where they are wanted. */
export async function runForecast(
  { request, info, summary, plot, batch }: ForecastRun,
  context: AnyContext,
): Promise<Readonly<Record<string, unknown>>> {
  const { signal, io, datasets, folder } = context;
  context.progress({ progress: `Opening the forecast "${request.forecast}"` });
  const found = await findForecast(request, datasets, { signal });
  const facts = factsOf(found, request, info);
  const result = await forecastResult(
    found,
    {
      leads: request.steps.value + 1,
      members: request.members?.value,
      variables:
        request.variables && request.variables.values.length > 0 ? request.variables.values : undefined,
      attrs: { workflow_parameters: JSON.stringify(facts) },
    },
    { signal },
  );
  context.metadata({ forecast_info: facts });
  await io.write(result, { signal, concurrency: batch });
  await writeFile(join(folder, "forecast_metadata.json"), `${JSON.stringify(facts, undefined, 2)}\n`);
  if (plot !== undefined) await draw(result, { ...plot, others: found.diagnosed }, context);
  context.progress({ progress: "Complete!" });
  return { results_summary: summary, forecast_info: facts };
}

/** The request in full, with what stands for what it names: a forecast for the model, an analysis for the source of data. */
function factsOf(
  { dataset: { attrs }, diagnosed }: FoundForecast,
  { forecast }: ForecastRequest,
  { output_format: _, ...info }: ForecastRun["info"],
): Readonly<Record<string, unknown>> {
  const origin = ["model_version", "initial_conditions", "member_noise"].map(
    (name) => [name, attrs[name]] as const,
  );
  const known = origin.filter(([, value]) => typeof value === "string");
  const { data_source: asked, ...rest } = info;
  const source = asked === undefined ? {} : { data_source: attrs["initial_conditions"] ?? asked };
  const diagnostics = diagnosed.length > 0 && { diagnostic_variables: diagnosed };
  return { ...rest, ...source, forecast, ...diagnostics, ...Object.fromEntries(known) };
}

/**
 * Of the first start: the control, or the spread of all members where there are several, drawn by the server out of what
 * was written. A picture that cannot be drawn is no reason to lose a forecast.
 */
async function draw(result: Dataset, plot: Drawing, context: AnyContext): Promise<void> {
  const { datasets, id, folder, signal } = context;
  context.progress({ progress: "Creating visualization plots..." });
  try {
    const fields = [...result.variables.values()].filter(
      ({ dims }) => dims.includes("lead_time") && dims.length > 3,
    );
    const wanted = [plot.variable, ...plot.others];
    const variable = wanted.flatMap((one) => fields.find(({ name }) => name === one) ?? [])[0] ?? fields[0];
    if (variable === undefined) throw new Error("there is no field to draw");
    const step = Math.min(plot.step, lengthOf(variable, "lead_time") - 1);
    const members = lengthOf(variable, "ensemble");
    const { name } = variable;
    const view = `${id}@isel(time=0,lead_time=${step})${members > 1 ? "@std(ensemble)" : ""}`;
    const what =
      members > 1 ? `${labelOf(variable)}, standard deviation of ${members} members` : labelOf(variable);
    const query = new URLSearchParams({ title: `${what}, step ${step}` }).toString();
    const picture = await datasets.picture(view, { variable: name, query }, { signal });
    await writeFile(join(folder, `forecast_plot_${name}_step${step}.png`), picture);
    if (name !== plot.variable)
      context.log(`the forecast has no variable "${plot.variable}": "${name}" is drawn instead`);
    if (step !== plot.step) context.log(`there is no step ${plot.step}: the last, ${step}, is drawn instead`);
  } catch (error) {
    signal.throwIfAborted();
    context.log(`no plot: ${messageOf(error)}`);
  }
}

function labelOf({ name, attrs }: Variable): string {
  return String(attrs["long_name"] ?? String(attrs["standard_name"] ?? name).replaceAll("_", " "));
}

/** Of a dimension; 1 where the variable has none of the name. */
function lengthOf({ dims, source }: Variable, name: string): number {
  const axis = dims.indexOf(name);
  return axis < 0 ? 1 : (source.grid.shape[axis] ?? 1);
}

/** Times of a request; those that cannot be read were refused before. */
export function startTimes(texts: readonly string[]): Date[] {
  return texts.flatMap((text) => parseIsoTime(text) ?? []);
}
