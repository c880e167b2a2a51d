import { hash, randomUUID } from "node:crypto";
import { encodedDataset } from "@zarr-gateway/compute";
import type { Dataset } from "@zarr-gateway/dataset";
import {
  type AxisTiling,
  beingReplaced,
  checkAgainstNetwork,
  childSession,
  createMapSamples,
  initialConditions,
  type LaidModel,
  laidOnDataset,
  type ModelPackage,
  type ModelSession,
  mapDataset,
  mapTiles,
  readGraphTensors,
  tileModel,
} from "@zarr-gateway/inference";
import type { Host } from "@zarr-gateway/plugin";
import { type CallOptions, GatewayError, isGatewayError } from "@zarr-gateway/primitives";
import type { MapMetrics } from "./metrics.ts";
import type { MapOpener, MapParts } from "./provider.ts";
import { tileOptions } from "./tile-options.ts";
import { withMaker } from "./with-maker.ts";

export interface OpenerServices {
  readonly host: Pick<Host, "cache" | "pool" | "log">;
  readonly metrics: MapMetrics;
  readonly gatewayVersion: string;
}

const MIB = 1024 * 1024;

/** Opens maps on the models and the datasets of this machine. Nothing is run, and no process started, before a chunk is read. */
export function mapOpener(services: OpenerServices): MapOpener {
  return (parts, options) => asUpstream(parts.map.id, () => openMap(parts, services, options));
}

async function openMap(parts: MapParts, services: OpenerServices, { signal }: CallOptions): Promise<Dataset> {
  const { host, metrics } = services;
  const { map, dataset } = parts;
  const { along, variables: names = {}, dataset: source, chunks, execution } = map.options;
  const laid = await laidOnDataset(parts.model, dataset, { id: source, along, names, signal });
  const axes = mapTiles(laid, tileOptions(map.options.tile));
  assertFitsMemory(laid, execution.maxSampleMiB);
  await compareWithGraphs(tileModel(laid.model, axes), signal);
  const isLasting = dataset.version !== undefined;
  const version = isLasting ? versionOf(parts) : randomUUID();
  const kept = { cache: host.cache, key: `maps ${map.id} source ${dataset.version ?? version}` };
  const conditions = await initialConditions(laid.samples, laid.model, {
    id: source,
    mapping: names,
    pool: host.pool,
    kept,
    signal,
  });
  const samples = createMapSamples({
    model: laid.model,
    conditions,
    axes,
    session: (call) => openSession(parts, { ...services, laid, axes }, call),
    processes: execution.processes,
    maxWaitMs: execution.maxWaitMs,
    maxQueued: execution.maxQueuedSamples,
    cache: host.cache,
    keyPrefix: `maps ${map.id} ${version}`,
    isLasting: isLasting && conditions.versionCoversChunks,
  });
  metrics.opened(map.id, samples);
  const close = async (): Promise<void> => {
    await samples.close();
    metrics.closed(map.id, samples);
  };
  try {
    const attrs = attributesOf(parts, services.gatewayVersion);
    const made = withMaker(
      mapDataset({ id: map.id, laid, dataset, along, conditions, samples, version, attrs }),
      { samples, axes, along },
    );
    const published = chunks === undefined ? made : encodedDataset(made, { chunks }, { pool: host.pool });
    return { ...published, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** A process that begins after the files were replaced would serve another model under this one's version. */
async function openSession(
  { map, model }: MapParts,
  { host, laid, axes }: OpenerServices & { readonly laid: LaidModel; readonly axes: readonly AxisTiling[] },
  options: CallOptions = {},
): Promise<ModelSession> {
  const { providers, threads, stepTimeoutMs, headers } = map.options.execution;
  const session = await childSession(
    {
      model: tileModel(laid.model, axes),
      providers,
      ...(threads !== undefined && { threads }),
      ...(headers !== undefined && { oip: { headers } }),
      stepTimeoutMs,
      log: host.log,
    },
    options,
  );
  if (await map.model.isCurrent(model, options).catch(() => false)) return session;
  await session.close();
  throw beingReplaced();
}

/**
 * What the package says of its graphs, on tiles of this size, against what their files say; servers are asked when it is used.
 * @throws ModelPackageError with every mistake of the first graph that has any
 */
async function compareWithGraphs(
  { diagnostics, grid }: ModelPackage,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const plan of diagnostics) {
    const graph = plan.file === undefined ? undefined : await readGraphTensors(plan.file, { signal });
    if (graph !== undefined) checkAgainstNetwork(plan, graph, grid);
  }
}

/** A sample is held whole, before and after. */
function assertFitsMemory({ model }: LaidModel, maxMiB: number): void {
  const cells = model.grid.reduce((product, { labels }) => product * labels.length, 1);
  const factor = model.map?.scale.reduce((product, scale) => product * scale, 1) ?? 1;
  const bytes = model.variables.reduce((sum, { role, levels }) => {
    const layers = levels === undefined ? 1 : (model.levels[levels]?.length ?? 1);
    return sum + 4 * layers * cells * (role === "diagnostic" ? factor : 1);
  }, 0);
  if (bytes <= maxMiB * MIB) return;
  const shape = model.grid.map(({ labels }) => labels.length).join(" × ");
  const message = `one sample of ${shape} cells and its results take ${Math.ceil(bytes / MIB)} MiB, more than execution.maxSampleMiB (${maxMiB}): a view with @sel can map a part`;
  throw new GatewayError("invalid_request", message);
}

/** Changes when any chunk may: with the model, the dataset, and everything that changes values or metadata. */
function versionOf({ map, model, dataset }: MapParts): string {
  const { model: _model, weights: _weights, execution, ...content } = map.options;
  const parts = [model.version, dataset.version, content, execution.providers];
  const textOf = (_key: string, value: unknown): unknown => (typeof value === "bigint" ? `${value}n` : value);
  return hash("sha256", JSON.stringify(parts, textOf), "base64url");
}

function attributesOf({ map, model }: MapParts, gatewayVersion: string): Dataset["attrs"] {
  const { title, description, attributes, execution, dataset } = map.options;
  const providers = model.runtime.name === "oip" ? [] : execution.providers;
  return {
    source: `learned model, applied by zarr-gateway ${gatewayVersion}`,
    mapped_dataset: dataset,
    model_version: model.version,
    model_runtime: model.runtime.name,
    ...(providers.length > 0 && { model_providers: providers.join(" ") }),
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    ...attributes,
  };
}

/** Whoever asks for the map is not the one who wrote the configuration: to them it is a failure of the server. */
async function asUpstream<Value>(id: string, work: () => Promise<Value>): Promise<Value> {
  try {
    return await work();
  } catch (error) {
    if (!isGatewayError(error) || !(error.code === "invalid_request" || error.code === "not_found"))
      throw error;
    throw new GatewayError("upstream", `map "${id}": ${error.message}`, {}, error);
  }
}
