import type { Dataset, Opener } from "@zarr-gateway/dataset";
import type { ByteCache, CallOptions, WorkerPool } from "@zarr-gateway/primitives";
import { type Context, Hono, type MiddlewareHandler } from "hono";

/** Reads untrusted options; throws with the path of the wrong key. A zod schema is one. */
export interface Schema<T> {
  parse(input: unknown): T;
}

/** Typed key under which one plugin offers something to others. */
export interface Service<T> {
  readonly id: string;
  readonly type?: (value: T) => T;
}
export interface Provided {
  readonly service: { readonly id: string };
  readonly value: unknown;
}
export function provide<T>(service: Service<T>, value: T): Provided {
  return { service, value };
}

/** What happened when a dataset was last opened. */
export type DatasetState =
  | { readonly state: "closed" | "open" }
  | { readonly state: "failed"; readonly reason: string };

export interface DatasetCatalog {
  ids(): AsyncIterable<string>;
  /** @throws GatewayError not_found when no provider knows the id; upstream when it cannot be opened. */
  open(id: string, options?: CallOptions): Promise<Dataset>;
  /** As `open`, of what is current now, for those who make another dataset of it: it stays open until it is released. */
  lease(id: string, options?: CallOptions): Promise<DatasetLease>;
  /** Cheap: never opens anything. */
  state(id: string): DatasetState;
}

/** A dataset that somebody holds open. */
export interface DatasetLease {
  readonly dataset: Dataset;
  /** To be called once. */
  release(): void;
}

/** What an id stands for that is formed by who asks. */
export interface ResolvedId {
  /** The one way to write it: ids with the same one are the same dataset. */
  readonly id: string;
  /** Datasets that it is made of: guards are asked about them in its place. */
  readonly guarded: readonly string[];
}

export interface DatasetProvider {
  readonly name: string;
  /**
   * Set where who asks forms the ids, as those of views: a failure to open one then answers that request alone, and is
   * neither remembered nor listed as a broken dataset.
   */
  readonly idsByRequest?: true;
  /**
   * Of providers with `idsByRequest`. Opens nothing; undefined: not mine.
   * @throws GatewayError invalid_request for an id of mine that is malformed
   */
  resolve?(id: string): ResolvedId | undefined;
  /** Cheap: opens nothing. */
  ids(): AsyncIterable<string>;
  /** undefined: not mine, ask the next provider. A dataset of mine that fails to open throws. */
  open(id: string, options?: CallOptions): Promise<Dataset | undefined>;
}

export interface Log {
  debug(fields: Readonly<Record<string, unknown>>, message: string): void;
  info(fields: Readonly<Record<string, unknown>>, message: string): void;
  warn(fields: Readonly<Record<string, unknown>>, message: string): void;
  error(fields: Readonly<Record<string, unknown>>, message: string): void;
}

/** What a page or catalog says about a loaded plugin. */
export interface PluginInfo {
  readonly name: string;
  readonly version: string | null;
  readonly path: string;
}

/** All that a plugin can reach. */
export interface Host {
  readonly datasets: DatasetCatalog;
  /** @throws GatewayError not_found for a service the plugin did not list in `requires`. */
  use<T>(service: Service<T>): T;
  /** A service that the plugin lists in `wants`; undefined where no loaded plugin provides it. */
  find<T>(service: Service<T>): T | undefined;
  /** Shared and bounded by `cache.memory`; keys begin with the plugin's name and the dataset's version. */
  readonly cache: ByteCache;
  readonly pool: WorkerPool;
  readonly log: Log;
  /** Base of every link in an answer, without a slash at the end: `publicUrl`, or the request's own origin. */
  baseUrl(request: Request): string;
  /** All loaded plugins, in order. */
  plugins(): readonly PluginInfo[];
  /** Whether no guard keeps this request from a dataset: for documents that speak of several. */
  admits(datasetId: string, request: Request): Promise<boolean>;
}

/** Throws `unauthorized`, `forbidden`, or `not_found` to hide the dataset. */
export type DatasetGuard = (datasetId: string, request: Request) => void | Promise<void>;

export type DatasetEnv = { Variables: { datasetId: string; dataset: Dataset } };
export type DatasetRoutes = Hono<DatasetEnv>;
/** Routes below one dataset: handlers find it open in `c.var.dataset`. */
export function datasetRoutes(): DatasetRoutes {
  return new Hono<DatasetEnv>();
}

/** Another form of `/datasets/:dataset` itself, for clients whose `Accept` names its media type and likes it better than HTML. */
export interface Representation {
  /** Lower case, without parameters. */
  readonly mediaType: string;
  /** The dataset is open in `c.var.dataset`. Answers HEAD too. */
  answer(c: Context<DatasetEnv>): Response | Promise<Response>;
}

/** A question that any URL below a dataset can be asked by a word in its query: `?explain`. */
export interface DatasetQuestion {
  /** Name of the parameter; its value does not matter. */
  readonly parameter: string;
  /** Instead of the route. The dataset is open in `c.var.dataset`. Answers HEAD too. */
  answer(c: Context<DatasetEnv>): Response | Promise<Response>;
}

/** An answer that is through, for who counts. */
export interface Answered {
  readonly method: string;
  /** Path and query as they were asked, or the whole URL: `/datasets/air.zarr/zarr.json`. */
  readonly target: string;
  /** 499 where the client left before the end. */
  readonly status: number;
  /** Of the body; of one that is streamed those that were sent. */
  readonly bytes: number;
  /** Address; behind trusted proxies the one that they name. */
  readonly client: string | undefined;
}

/** Called for every answer, those from memory too: it has to be quick, and must not throw. */
export type AnswerObserver = (answered: Answered) => void;

/** One number of a metric. */
export interface MetricValue {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
  /** Of histograms, whose numbers have several names: `…_bucket`, `…_sum`, `…_count`. */
  readonly metricName?: string;
}

/** Something that a plugin counts, for `/metrics`: of this process alone, as all others there. */
export interface PluginMetric {
  /** As Prometheus wants it: `zarr_gateway_model_steps_total`. */
  readonly name: string;
  readonly type: "counter" | "gauge" | "histogram";
  readonly help: string;
  /** Gathered when it is asked for; has to be quick, and must not throw. */
  values(): readonly MetricValue[] | Promise<readonly MetricValue[]>;
}

/** In the words of draft-inadarei-api-health-check. */
export type HealthStatus = "pass" | "warn" | "fail";

/** How a part of the server is, for `/health`. Further members are told as they are. */
export interface PartHealth {
  /** `fail`: the server cannot do its work, and `/health` and `/readiness` answer 503. */
  readonly status: HealthStatus;
  readonly [member: string]: unknown;
}

/** A part of the server that a plugin looks after. */
export interface HealthCheck {
  /** Two with the same name stop the boot. */
  readonly name: string;
  /** What it throws, and what takes longer than two seconds, counts as failed. */
  check(options: CallOptions): PartHealth | Promise<PartHealth>;
}

/** All that a plugin can add. */
export interface Contribution {
  /** Mounted at /<prefix>. */
  readonly routes?: Hono;
  /** Mounted at /datasets/:dataset/<prefix>; the dataset is already open. */
  readonly datasetRoutes?: DatasetRoutes;
  /** Two plugins with the same media type stop the boot. */
  readonly representations?: readonly Representation[];
  /** Two plugins with the same parameter stop the boot. */
  readonly questions?: readonly DatasetQuestion[];
  /** Asked before a dataset is opened. */
  readonly guards?: readonly DatasetGuard[];
  /** In front of all routes, in plugin order. */
  readonly middleware?: readonly MiddlewareHandler[];
  /** Unlike middleware, they see answers and cost no request its short way through memory. */
  readonly observers?: readonly AnswerObserver[];
  readonly providers?: readonly DatasetProvider[];
  readonly openers?: readonly Opener[];
  readonly services?: readonly Provided[];
  /** Two with the same name stop the boot. */
  readonly metrics?: readonly PluginMetric[];
  /** Asked for `/health`. */
  readonly checks?: readonly HealthCheck[];
  /** All plugins are there, and every dataset can be had. Nobody waits for what is begun here. */
  started?(): void;
  /**
   * The server stops, `close` follows: answers that last end now, and work that others can go on with is handed to them.
   * Called once; must not throw.
   */
  draining?(): void;
  close?(): Promise<void>;
}

export interface Plugin<Options> {
  readonly name: string;
  readonly version?: string;
  /** One path segment, or "" for routes that stand directly below `/` and `/datasets/:dataset`. */
  readonly prefix: string;
  readonly options: Schema<Options>;
  readonly requires?: readonly { readonly id: string }[];
  /** Services that it can do without: set up after their providers, where there are any. */
  readonly wants?: readonly { readonly id: string }[];
  readonly provides?: readonly { readonly id: string }[];
  setup(host: Host, options: Options): Contribution | Promise<Contribution>;
}

/** A plugin is one value; `setup` returns what it contributes and changes nothing else. */
export function definePlugin<Options>(plugin: Plugin<Options>): Plugin<Options> {
  return plugin;
}
