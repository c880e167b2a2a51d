import { formatInstant } from "@zarr-gateway/dataset";
import { type AnalysisConditions, initialConditions, type ModelPackage } from "@zarr-gateway/inference";
import type { Program } from "../../program.ts";

/** Where a run starts, as the command line names it. */
export interface StartOptions {
  /** Location of a dataset; with a configuration the id of one, or of a view of one. */
  readonly init: string;
  readonly config?: string | undefined;
  /** As ISO 8601, or its beginning; the last time of the dataset where absent. */
  readonly time?: string | undefined;
}

export interface Start {
  readonly conditions: AnalysisConditions;
  /** Position of the initial time. */
  readonly init: number;
  /** The initial time, in words. */
  readonly time: string;
}

/**
 * The analysis of a model, and the time in it.
 * @throws GatewayError where it does not fit the model; Error where there is no such time
 */
export async function openStart(
  { gateway }: Program,
  model: ModelPackage,
  { init, config, time }: StartOptions,
): Promise<Start> {
  const id = config === undefined ? await onlyDataset(gateway.datasets.ids(), init) : init;
  const dataset = await gateway.datasets.open(id);
  const conditions = await initialConditions(dataset, model, { id: init });
  const times = Array.from(conditions.times, (instant) => formatInstant(conditions.calendar, instant));
  const position = time === undefined ? times.length - 1 : positionOf(time, times, init);
  const chosen = times[position];
  if (chosen === undefined)
    throw new Error(`${init}: no time has the ${model.history} analysis times that the model starts from`);
  return { conditions, init: position, time: chosen };
}

async function onlyDataset(ids: AsyncIterable<string>, location: string): Promise<string> {
  const found = await Array.fromAsync(ids);
  const [id, another] = found;
  if (id === undefined) throw new Error(`${location}: no dataset here`);
  if (another !== undefined)
    throw new Error(`${location}: ${found.length} datasets are here, a run starts from one`);
  return id;
}

function positionOf(time: string, times: readonly string[], init: string): number {
  const wanted = time.replace(/Z$/, "").replace(" ", "T");
  const matches = times.flatMap((one, position) => (one.startsWith(wanted) ? [position] : []));
  const exact = times.indexOf(wanted);
  const [position, another] = exact >= 0 ? [exact] : matches;
  if (position === undefined)
    throw new Error(
      `${init}: no initial time ${time}; there are ${times.length}: ${times[0]} to ${times.at(-1)}`,
    );
  if (another !== undefined)
    throw new Error(
      `${init}: ${time} is the beginning of ${matches.length} initial times, the first is ${times[position]}`,
    );
  return position;
}
