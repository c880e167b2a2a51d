import type { Opener } from "@zarr-gateway/dataset";
import { type CorsOptions, createCors } from "@zarr-gateway/http";
import {
  type DatasetCatalog,
  type DatasetGuard,
  type DatasetProvider,
  OpenersService,
  type PluginInfo,
} from "@zarr-gateway/plugin";
import { type ByteCache, messageOf, type WorkerPool } from "@zarr-gateway/primitives";
import { aboutRoutes } from "./about-routes.ts";
import { createAdmission } from "./admission.ts";
import { createBaseUrls } from "./base-url.ts";
import { OpenDatasets } from "./dataset-catalog.ts";
import { failedRequest } from "./failed-request.ts";
import { createFetch, type GatewayFetch } from "./gateway-fetch.ts";
import { healthChecks } from "./health.ts";
import { DEFAULT_LIMITS, type GatewayLimits } from "./limits.ts";
import { closePlugins, loadPlugins, pluginInfo, type SharedHost } from "./load-plugins.ts";
import { createLog, type ServerLog } from "./log.ts";
import { Metrics } from "./metrics.ts";
import { MountedApp } from "./mount.ts";
import { mountAll } from "./mount-all.ts";
import { datasetOpener, isAdmitted } from "./open-route.ts";
import { createOpenApi, type OpenApiDocument } from "./openapi.ts";
import { pluginMetrics } from "./plugin-metrics.ts";
import type { PluginUse } from "./plugin-order.ts";
import type { RecentAnswers } from "./recent-answers.ts";
import { sharedAnswers } from "./shared-answers.ts";
import { runtimeVersions } from "./versions.ts";

export interface GatewayOptions {
  readonly plugins: readonly PluginUse[];
  readonly cache: ByteCache;
  readonly pool: WorkerPool;
  readonly log?: ServerLog;
  readonly publicUrl?: string | undefined;
  readonly trustedProxies?: readonly string[] | undefined;
  /** Every origin unless told otherwise. */
  readonly cors?: CorsOptions;
  readonly limits?: Partial<GatewayLimits>;
  readonly title?: string;
  readonly version?: string;
  /** Beside the server's own, for `/versions`. */
  readonly versions?: Readonly<Record<string, string | null>>;
}

/** A gateway without a socket. */
export interface Gateway {
  readonly fetch: GatewayFetch;
  /** For tests and programs: a path or a Request. */
  request(target: string | Request, init?: RequestInit): Promise<Response>;
  readonly datasets: DatasetCatalog;
  readonly log: ServerLog;
  ids(): Promise<string[]>;
  plugins(): readonly PluginInfo[];
  openapi(serverUrl?: string): OpenApiDocument;
  /** Answers that may be given again before `fetch` is asked. */
  readonly recent: RecentAnswers | undefined;
  /** Requests whose answer is not through yet. */
  readonly inFlight: number;
  /** From now on `/readiness` fails, and plugins end what lasts; everything else goes on. */
  drain(): void;
  /** Closes datasets, then plugins in reverse order. Cache, pool and log belong to who made them. */
  close(): Promise<void>;
}

/** @throws GatewayError that names the plugin, where one cannot be loaded */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const log = options.log ?? createLog();
  const limits: GatewayLimits = { ...DEFAULT_LIMITS, ...options.limits };
  const version = options.version ?? "0.0.0";
  const baseUrls = createBaseUrls(options);
  const providers: DatasetProvider[] = [];
  const openers: Opener[] = [];
  const guards: DatasetGuard[] = [];
  const datasets = new OpenDatasets({
    providers,
    log,
    maxOpen: limits.maxOpenDatasets,
    checkEveryMs: limits.checkEveryMs,
    idleMs: limits.datasetIdleMs,
  });
  const infos: PluginInfo[] = options.plugins.map(pluginInfo);
  const host: SharedHost = {
    datasets,
    cache: options.cache,
    pool: options.pool,
    log,
    baseUrl: (request) => baseUrls.of(request),
    plugins: () => infos,
    admits: (id, request) => isAdmitted(guards, datasets.resolve(id).guarded, request),
  };
  const loaded = await loadPlugins(
    options.plugins,
    host,
    new Map([[OpenersService.id, () => openers]]),
    ({ contribution }) => {
      providers.push(...(contribution.providers ?? []));
      openers.push(...(contribution.openers ?? []));
      guards.push(...(contribution.guards ?? []));
    },
  );
  const admission = createAdmission(limits);
  const { cache, pool } = options;
  const counted = pluginMetrics(loaded);
  const metrics = new Metrics({ cache, pool, datasets, ...admission, counted });
  let isDraining = false;
  const drain = (): void => {
    if (isDraining) return;
    isDraining = true;
    for (const { contribution } of loaded) contribution.draining?.();
  };
  const openapi = (serverUrl = options.publicUrl ?? ""): OpenApiDocument =>
    createOpenApi(mounted.routes, {
      title: options.title ?? "zarr-gateway",
      version,
      serverUrl: serverUrl.replace(/\/+$/, "") || "/",
    });
  const about = aboutRoutes({
    datasets,
    failures: () => datasets.failures(),
    openDatasets: () => datasets.openCount,
    plugins: () => infos,
    versions: { "zarr-gateway": version, ...runtimeVersions(), ...options.versions },
    isDraining: () => isDraining,
    openapi,
    baseUrl: (request) => baseUrls.of(request),
    metrics,
    healthChecks: healthChecks(loaded),
  });
  const mounted = new MountedApp((error, c) => failedRequest(error, c, log));
  const closeAll = async (): Promise<void> => {
    drain();
    await datasets.close();
    await closePlugins(loaded, (plugin, error) => {
      log.error({ plugin, err: error }, `closing plugin "${plugin}" failed: ${messageOf(error)}`);
    });
  };
  try {
    const questions = loaded.flatMap(({ contribution }) => contribution.questions ?? []);
    mountAll(mounted, about, loaded, datasetOpener(datasets, guards, questions));
  } catch (error) {
    await closeAll();
    throw error;
  }
  for (const { contribution } of loaded) contribution.started?.();
  const observers = loaded.flatMap(({ contribution }) => contribution.observers ?? []);
  const cors = options.cors ?? { origins: ["*"] };
  const recent = sharedAnswers(loaded, {
    datasets,
    limits,
    metrics,
    log,
    observers,
    baseUrls,
    isOpenToAll: cors.origins.includes("*"),
  });
  const fetch = createFetch({
    recent,
    mounted,
    cors: createCors(cors),
    baseUrls,
    ...admission,
    metrics,
    log,
    limits,
    observers,
  });
  return {
    fetch,
    recent,
    request: async (target, init) =>
      fetch(typeof target === "string" ? new Request(new URL(target, "http://localhost"), init) : target),
    datasets,
    log,
    ids: () => Array.fromAsync(datasets.ids()),
    plugins: () => infos,
    openapi,
    get inFlight() {
      return admission.requests.taken + admission.requests.queued + admission.heldRequests.taken;
    },
    drain,
    close: closeAll,
  };
}
