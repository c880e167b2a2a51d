import type { Opener } from "@zarr-gateway/dataset";
import { asGatewayError, type CorsOptions, createCors, problemResponse } from "@zarr-gateway/http";
import {
  type AnswerObserver,
  type DatasetCatalog,
  type DatasetGuard,
  type DatasetProvider,
  OpenersService,
  type PluginInfo,
} from "@zarr-gateway/plugin";
import { type ByteCache, messageOf, type WorkerPool } from "@zarr-gateway/primitives";
import type { Context } from "hono";
import { aboutRoutes } from "./about-routes.ts";
import { type BaseUrls, createBaseUrls } from "./base-url.ts";
import { OpenDatasets } from "./dataset-catalog.ts";
import { clientOf, createFetch, type GatewayFetch } from "./gateway-fetch.ts";
import { healthChecks } from "./health.ts";
import { DEFAULT_LIMITS, type GatewayLimits } from "./limits.ts";
import { closePlugins, type LoadedPlugin, loadPlugins, pluginInfo, type SharedHost } from "./load-plugins.ts";
import { createLog, type ServerLog } from "./log.ts";
import { Metrics } from "./metrics.ts";
import { MountedApp } from "./mount.ts";
import { datasetOpener, isAdmitted } from "./open-route.ts";
import { createOpenApi, type OpenApiDocument } from "./openapi.ts";
import { pluginMetrics } from "./plugin-metrics.ts";
import type { PluginUse } from "./plugin-order.ts";
import { RecentAnswers } from "./recent-answers.ts";
import { negotiated } from "./representations.ts";
import { createRequestIds } from "./request-id.ts";
import { runtimeVersions } from "./versions.ts";
import { WeightedLimit } from "./weighted-limit.ts";

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
  const requests = new WeightedLimit({
    of: "requests",
    max: limits.maxActiveRequests,
    maxQueue: limits.maxWaitingRequests,
    maxWaitMs: limits.maxWaitMs,
  });
  const heldBytes = new WeightedLimit({
    of: "large answers",
    max: limits.maxHeldBytes,
    maxQueue: limits.maxWaitingRequests,
    maxWaitMs: limits.maxWaitMs,
  });
  const heldRequests = new WeightedLimit({
    of: "held requests",
    max: limits.maxHeldRequests,
    maxQueue: 0,
    maxWaitMs: 0,
  });
  const { cache, pool } = options;
  const counted = pluginMetrics(loaded);
  const metrics = new Metrics({ cache, pool, datasets, requests, heldRequests, heldBytes, counted });
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
  const mounted = new MountedApp((error, c) => failed(error, c, log));
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
  const recent = createRecentAnswers(loaded, {
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
    requests,
    heldBytes,
    heldRequests,
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
      return requests.taken + requests.queued + heldRequests.taken;
    },
    drain,
    close: closeAll,
  };
}

interface RecentAnswersNeeds {
  readonly datasets: OpenDatasets;
  readonly limits: GatewayLimits;
  readonly metrics: Metrics;
  readonly log: ServerLog;
  readonly observers: readonly AnswerObserver[];
  readonly baseUrls: BaseUrls;
  readonly isOpenToAll: boolean;
}

/** Undefined where each request has to go the whole way: a plugin guards or looks at it, or each is logged. */
function createRecentAnswers(
  loaded: readonly LoadedPlugin[],
  { datasets, limits, metrics, log, observers, baseUrls, isOpenToAll }: RecentAnswersNeeds,
): RecentAnswers | undefined {
  const isWatched = loaded.some(
    ({ contribution }) => contribution.guards !== undefined || contribution.middleware !== undefined,
  );
  if (isWatched || limits.recentAnswersMs === 0 || log.isEnabled("debug")) return undefined;
  const requestId = createRequestIds();
  return new RecentAnswers({
    datasets,
    maxBytes: limits.recentAnswersBytes,
    keepMs: limits.recentAnswersMs,
    checkEveryMs: limits.checkEveryMs,
    isSameForOrigins: isOpenToAll,
    requestId,
    onAnswer: (route, seconds, bytes, incoming) => {
      metrics.record(route, "GET", 200, seconds, bytes);
      if (observers.length === 0) return;
      const client = clientOf(baseUrls, incoming);
      const answered = { method: "GET", target: incoming.url ?? "", status: 200, bytes, client };
      for (const observe of observers) observe(answered);
    },
  });
}

/** Middleware of all plugins, the server's own routes, the plugins' routes, then routes below a dataset. */
function mountAll(
  mounted: MountedApp,
  about: ReturnType<typeof aboutRoutes>,
  loaded: readonly LoadedPlugin[],
  open: ReturnType<typeof datasetOpener>,
): void {
  for (const { contribution } of loaded)
    for (const middleware of contribution.middleware ?? []) mounted.use(middleware);
  mounted.mount("server", "", about);
  for (const { use, contribution } of loaded) {
    const { name, prefix } = use.plugin;
    if (contribution.routes !== undefined) {
      mounted.mount(name, prefix === "" ? "" : `/${prefix}`, contribution.routes);
    }
  }
  const representations = loaded.flatMap(({ contribution }) => contribution.representations ?? []);
  if (representations.length > 0) mounted.negotiate("/datasets/:dataset", open, negotiated(representations));
  for (const { use, contribution } of loaded) {
    const { name, prefix } = use.plugin;
    if (contribution.datasetRoutes !== undefined) {
      const base = prefix === "" ? "/datasets/:dataset" : `/datasets/:dataset/${prefix}`;
      mounted.mount(name, base, contribution.datasetRoutes, open);
    }
  }
}

/** Errors of all handlers; the client's own mistakes and departures are no news for the log. */
function failed(error: unknown, c: Context, log: ServerLog): Response {
  const response = problemResponse(c, error);
  // what a dataset or a client may not reach is news too
  const isNews = response.status >= 500 || response.status === 403;
  if (isNews && !c.req.raw.signal.aborted) logFailure(log, error, c.req.path, response);
  return response;
}

function logFailure(log: ServerLog, error: unknown, path: string, response: Response): void {
  const { code } = asGatewayError(error);
  const requestId = response.headers.get("x-request-id");
  const fields = { requestId, path, code, err: error };
  if (code === "internal") log.error(fields, messageOf(error));
  else log.warn(fields, messageOf(error));
}
