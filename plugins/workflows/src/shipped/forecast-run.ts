import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Chunk, Dataset, Variable } from "@zarr-gateway/dataset";
import { parseIsoTime, type WorkflowContext } from "@zarr-gateway/plugin";
import { type CallOptions, GatewayError, messageOf } from "@zarr-gateway/primitives";
import { fieldPicture } from "./field-picture.ts";
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
  if (plot !== undefined) await draw(result, plot, context);
  context.progress({ progress: "Complete!" });
  return { results_summary: summary, forecast_info: facts };
}

/** The request in full, with what stands for what it names: a forecast for the model, an analysis for the source of data. */
function factsOf(
  { dataset: { attrs } }: FoundForecast,
  { forecast }: ForecastRequest,
  { output_format: _, ...info }: ForecastRun["info"],
): Readonly<Record<string, unknown>> {
  const origin = ["model_version", "initial_conditions", "member_noise"].map(
    (name) => [name, attrs[name]] as const,
  );
  const known = origin.filter(([, value]) => typeof value === "string");
  const { data_source: asked, ...rest } = info;
  const source = asked === undefined ? {} : { data_source: attrs["initial_conditions"] ?? asked };
  return { ...rest, ...source, forecast, ...Object.fromEntries(known) };
}

/** A picture that cannot be drawn is no reason to lose a forecast. */
async function draw(result: Dataset, plot: Plot, context: AnyContext): Promise<void> {
  context.progress({ progress: "Creating visualization plots..." });
  try {
    const fields = [...result.variables.values()].filter(
      ({ dims }) => dims.includes("lead_time") && dims.length > 3,
    );
    const variable = fields.find(({ name }) => name === plot.variable) ?? fields[0];
    if (variable === undefined) throw new Error("there is no field to draw");
    const last = (variable.source.grid.shape[variable.dims.indexOf("lead_time")] ?? 1) - 1;
    const step = Math.min(plot.step, last);
    const field = await fieldAt(variable, step, context);
    const picture = fieldPicture(field, await isNorthFirst(result, variable));
    await writeFile(join(context.folder, `forecast_plot_${variable.name}_step${step}.png`), picture);
    if (variable.name !== plot.variable)
      context.log(`the forecast has no variable "${plot.variable}": "${variable.name}" is drawn instead`);
  } catch (error) {
    context.signal.throwIfAborted();
    context.log(`no plot: ${messageOf(error)}`);
  }
}

/** Of the first start: the control, or the spread of all members where there are several. */
async function fieldAt(variable: Variable, step: number, { signal }: CallOptions): Promise<Chunk> {
  const { dims, source } = variable;
  const axis = dims.indexOf("ensemble");
  const count = axis < 0 ? 1 : (source.grid.shape[axis] ?? 1);
  const members: Float32Array[] = [];
  let shape: readonly number[] = [];
  for (let member = 0; member < count; member += 1) {
    const index = dims.map((dim) => (dim === "lead_time" ? step : dim === "ensemble" ? member : 0));
    const chunk = await source.read(index, { signal });
    if (chunk === undefined) throw new GatewayError("unsupported", `"${variable.name}" was never written`);
    shape = chunk.shape;
    members.push(chunk.values as Float32Array); // fields of models are floats
  }
  const [first = new Float32Array(0)] = members;
  return { shape, values: members.length === 1 ? first : spread(members) };
}

function spread(members: readonly Float32Array[]): Float32Array {
  const [first = new Float32Array(0)] = members;
  return first.map((_, at) => {
    const values = members.map((member) => member[at] ?? Number.NaN);
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
    return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length);
  });
}

async function isNorthFirst(result: Dataset, { dims }: Variable): Promise<boolean> {
  const latitude = result.variables.get(dims.at(-2) ?? "");
  const chunk = await latitude?.source.read([0]);
  const values = chunk?.values;
  if (values === undefined || values.length < 2) return true;
  return Number(values[0]) > Number(values[values.length - 1]);
}

/** Times of a request; those that cannot be read were refused before. */
export function startTimes(texts: readonly string[]): Date[] {
  return texts.flatMap((text) => parseIsoTime(text) ?? []);
}
