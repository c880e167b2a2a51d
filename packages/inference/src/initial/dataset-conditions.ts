import { randomUUID } from "node:crypto";
import type { KeptIn } from "@zarr-gateway/compute";
import type { Dataset } from "@zarr-gateway/dataset";
import type { CallOptions, WorkerPool } from "@zarr-gateway/primitives";
import type { ModelPackage } from "../model-package.ts";
import type { AnalysisConditions } from "./analysis-conditions.ts";
import { analysisPlan } from "./analysis-plan.ts";
import { firstStates } from "./first-states.ts";
import type { VariableNames } from "./match/analysis-variable.ts";

export interface ConditionsOptions extends CallOptions {
  /** Of the dataset or view, for messages. */
  readonly id?: string | undefined;
  /** Names of the model's variables → names of the analysis's, where neither name nor standard name tells. */
  readonly mapping?: VariableNames | undefined;
  /** Where fields are converted and perturbed; the calling thread where absent. */
  readonly pool?: WorkerPool | undefined;
  /** Where chunks of the analysis are kept of which several times need a part. */
  readonly kept?: KeptIn | undefined;
}

/**
 * Initial conditions out of a dataset. Reads its coordinates alone.
 * @throws GatewayError invalid_request that names all at once: variables, levels, units, grid and times that do not fit
 */
export async function initialConditions(
  dataset: Dataset,
  model: ModelPackage,
  options: ConditionsOptions = {},
): Promise<AnalysisConditions> {
  const { id = "analysis", mapping = {}, pool, kept, signal } = options;
  const plan = await analysisPlan(dataset, model, { id, names: mapping, signal });
  const { version, versionCoversChunks, immutable } = dataset;
  const isCovered = version !== undefined && (versionCoversChunks === true || immutable === true);
  const { state, stateVersion } = firstStates(plan, model, { id, pool, kept });
  return {
    calendar: plan.calendar,
    times: plan.histories.times,
    version: version ?? randomUUID(),
    versionCoversChunks: isCovered,
    ...(plan.timeUnits !== undefined && { timeUnits: plan.timeUnits }),
    gridAttrs: plan.gridAttrs,
    state,
    ...(!isCovered && stateVersion && { stateVersion }),
  };
}
