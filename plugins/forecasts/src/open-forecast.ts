import { randomUUID } from "node:crypto";
import { encodedDataset, estimateOf } from "@zarr-gateway/compute";
import { type Dataset, formatMemberNoise, type MemberNoise } from "@zarr-gateway/dataset";
import {
  beingReplaced,
  createRollouts,
  forecastDataset,
  forecastVersion,
  initialConditions,
  type LoadedModels,
  type ModelSession,
  provenance,
  type Rollouts,
} from "@zarr-gateway/inference";
import type { Host } from "@zarr-gateway/plugin";
import type { CallOptions } from "@zarr-gateway/primitives";
import { asUpstream } from "./analysis-failure.ts";
import type { ForecastCounts } from "./forecast-counts.ts";
import { noiseText, type OpenForecasts } from "./noisy-forecasts.ts";
import type { ForecastOptions } from "./options.ts";
import type { ForecastOpener, ForecastParts } from "./provider.ts";
import { withMaker } from "./with-maker.ts";

export interface OpenerServices {
  readonly host: Pick<Host, "cache" | "pool" | "log">;
  readonly models: LoadedModels;
  readonly counts: ReadonlyMap<string, ForecastCounts>;
  readonly gatewayVersion: string;
  readonly open: Pick<OpenForecasts, "note">;
}

/** Opens forecasts on the models and the analyses of this machine. Nothing is run, and no process started, before a field is read. */
export function forecastOpener(services: OpenerServices): ForecastOpener {
  return (parts, options) => openForecast(parts, services, options);
}

async function openForecast(
  parts: ForecastParts,
  { host, models, counts, gatewayVersion, open }: OpenerServices,
  options: CallOptions,
): Promise<Dataset> {
  const { forecast, model, analysis } = parts;
  const { id, options: configured } = forecast;
  const { execution, steps, members, chunks } = configured;
  const source = configured.initialConditions.dataset;
  const conditions = await asUpstream(id, () =>
    initialConditions(analysis, model, {
      id: source,
      mapping: configured.initialConditions.variables,
      pool: host.pool,
      kept: { cache: host.cache, key: `initial ${source} ${analysis.version ?? randomUUID()}` },
      signal: options.signal,
    }),
  );
  const version = forecastVersion({ model, conditions, configuration: configurationText(configured) });
  const isLasting = analysis.version !== undefined;
  const own = counts.get(id);
  const rollouts = createRollouts({
    model,
    session: (call) => openSession(parts, { log: host.log, models }, call),
    processes: execution.processes,
    conditions,
    steps,
    members: members?.count ?? 1,
    cache: host.cache,
    keyPrefix: `forecasts ${id} ${version}`,
    isLasting: isLasting && (conditions.versionCoversChunks || conditions.stateVersion !== undefined),
    maxWaitMs: execution.maxWaitMs,
    checkpointEvery: execution.checkpointEvery,
    maxQueuedRuns: execution.maxQueuedRuns,
    maxBatch: execution.maxBatch,
    lookAhead: execution.lookAhead,
    log: host.log,
    ...(own && { observer: own }),
  });
  own?.opened(rollouts);
  const close = async (): Promise<void> => {
    await rollouts.close();
    own?.closed(rollouts);
  };
  try {
    const origin = { model, providers: providersOf(parts), gatewayVersion, analysis: source };
    const attrs = { ...provenance(origin), ...ownAttributes(configured) };
    const ownVersion = isLasting ? version : randomUUID();
    const pool = host.pool;
    const published = (noise?: MemberNoise): Dataset => {
      const fields = { id, model, conditions, rollouts, steps, members: members?.count, noise, pool };
      const more = noise && { member_noise: noiseText(model, noise) };
      const name = noise && formatMemberNoise(noise);
      const text = name === undefined ? ownVersion : `${ownVersion} noise ${name}`;
      const dataset = forecastDataset({ ...fields, version: text, attrs: { ...attrs, ...more } });
      const estimate: Rollouts["estimate"] = (field) => rollouts.estimate({ ...field, noise });
      const by = { model, rollouts: { estimate }, hasStoredStart: isStored(analysis) };
      const made = withMaker(dataset, by);
      return chunks === undefined ? made : encodedDataset(made, { chunks }, { pool });
    };
    const dataset = await asUpstream(id, async () => published());
    const forget = open.note(id, dataset, { model, members, withNoise: published });
    return {
      ...dataset,
      close: () => {
        forget();
        return close();
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

/** Whether no model has to run for it: of each variable one chunk stands for all. */
function isStored({ variables }: Dataset): boolean {
  return [...variables.values()].every(({ source }) => {
    const first = source.grid.shape.map(() => 0);
    return source.grid.shape.includes(0) || estimateOf(source, first).made === undefined;
  });
}

/** A process that begins after the files were replaced would serve another model under this one's version. */
async function openSession(
  { forecast, model }: ForecastParts,
  { log, models }: Pick<Host, "log"> & Pick<OpenerServices, "models">,
  options: CallOptions = {},
): Promise<ModelSession> {
  const { providers, threads, stepTimeoutMs, maxBatch, headers } = forecast.options.execution;
  const session = await models.open(
    {
      model,
      providers,
      ...(threads !== undefined && { threads }),
      ...(headers !== undefined && { oip: { headers } }),
      stepTimeoutMs,
      batchLimit: maxBatch,
      log,
    },
    options,
  );
  if (await forecast.model.isCurrent(model, options).catch(() => false)) return session;
  await session.close();
  throw beingReplaced();
}

function providersOf({ forecast, model }: ForecastParts): readonly string[] {
  return model.runtime.name === "oip" ? [] : forecast.options.execution.providers;
}

/** Everything that changes values, chunks or metadata: not how long requests wait. */
function configurationText({ execution, ...rest }: ForecastOptions): string {
  const { model: _model, weights: _weights, ...others } = rest; // the package has a version of its own
  const { members } = rest;
  const content = { ...others, ...(members && { members: { count: members.count } }) };
  return JSON.stringify([content, execution.providers], (_key, value: unknown) =>
    typeof value === "bigint" ? `${value}n` : value,
  );
}

function ownAttributes({ title, description, attributes }: ForecastOptions): Dataset["attrs"] {
  return {
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...attributes,
  };
}
