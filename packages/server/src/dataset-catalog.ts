import type { Dataset } from "@zarr-gateway/dataset";
import type {
  DatasetCatalog,
  DatasetLease,
  DatasetProvider,
  DatasetState,
  Log,
  ResolvedId,
} from "@zarr-gateway/plugin";
import {
  type CallOptions,
  type GatewayError,
  isGatewayError,
  messageOf,
  SingleFlight,
} from "@zarr-gateway/primitives";
import { OpenDataset } from "./open-dataset.ts";
import { asOpenFailure, openWith, RequestFailure, unknownDataset } from "./open-failure.ts";
import { isDatasetId } from "./request-path.ts";

export interface CatalogOptions {
  /** Asked in order; may grow until the server has started. */
  readonly providers: readonly DatasetProvider[];
  readonly log: Log;
  /** Datasets held open at once, beyond those in use. */
  readonly maxOpen?: number;
  /** A dataset is asked at most so often whether it is still current. */
  readonly checkEveryMs?: number;
  readonly idleMs?: number;
  /** For so long a dataset that failed to open is not tried again. */
  readonly failureMs?: number;
  /** A retired dataset stays open for so long, for who got it without holding it. */
  readonly graceMs?: number;
  /** Milliseconds; for tests. */
  readonly now?: () => number;
}

interface Failure {
  readonly error: GatewayError;
  readonly at: number;
}

const MAX_FAILURES = 10_000; // remembered reasons; a view can be misspelt in endless ways

/**
 * Datasets by id: opened once for all who ask, held open while they are used, opened anew when the source has changed.
 */
export class OpenDatasets implements DatasetCatalog {
  readonly #options: Required<CatalogOptions>;
  /** Least recently used first. */
  readonly #open = new Map<string, OpenDataset>();
  /** Pushed out or replaced, and perhaps still in use. */
  readonly #retired = new Set<OpenDataset>();
  readonly #failures = new Map<string, Failure>();
  readonly #flights = new SingleFlight<string, OpenDataset>();
  readonly #sweeper: NodeJS.Timeout;
  #isClosed = false;

  constructor(options: CatalogOptions) {
    this.#options = {
      maxOpen: 256,
      checkEveryMs: 2000,
      idleMs: 15 * 60_000,
      failureMs: 1500,
      graceMs: 30_000,
      now: () => performance.now(),
      ...options,
    };
    this.#sweeper = setInterval(() => this.#sweep(), Math.max(1000, this.#options.idleMs / 10)).unref();
  }

  get openCount(): number {
    return this.#open.size;
  }

  async *ids(): AsyncGenerator<string> {
    const seen = new Set<string>();
    for (const provider of this.#options.providers) {
      for await (const id of provider.ids()) {
        if (!seen.has(id)) yield id;
        seen.add(id);
      }
    }
  }

  /** The one id of a dataset, and those that guards are asked about. @throws GatewayError invalid_request */
  resolve(id: string): ResolvedId {
    for (const provider of this.#options.providers) {
      const resolved = provider.resolve?.(id);
      if (resolved !== undefined) return resolved;
    }
    return { id, guarded: [id] };
  }

  async open(asked: string, options: CallOptions = {}): Promise<Dataset> {
    const { id } = this.resolve(asked);
    const entry = this.peek(id) ?? (await this.find(id, options));
    return entry.dataset;
  }

  async lease(asked: string, options: CallOptions = {}): Promise<DatasetLease> {
    const entry = await this.find(this.resolve(asked).id, options);
    entry.hold();
    return { dataset: entry.dataset, release: () => entry.release() };
  }

  state(id: string): DatasetState {
    if (this.#open.has(id)) return { state: "open" };
    const failure = this.#failures.get(id);
    return failure === undefined ? { state: "closed" } : { state: "failed", reason: failure.error.message };
  }

  /** Ids whose last opening failed, with the reason. */
  failures(): ReadonlyMap<string, string> {
    return new Map([...this.#failures].map(([id, { error }]) => [id, error.message]));
  }

  /** The dataset if it is open and was found current a moment ago: the way of nearly every request. */
  peek(id: string): OpenDataset | undefined {
    const entry = this.#open.get(id);
    if (entry === undefined) return undefined;
    const now = this.#options.now();
    entry.usedAt = now;
    const age = now - entry.checkedAt;
    if (age < this.#options.checkEveryMs) return entry;
    // while requests keep coming the check runs beside them; after a pause the first request waits for it
    if (age >= 2 * this.#options.checkEveryMs) return undefined;
    this.find(id).catch(() => undefined); // remembered in #failures, and told to who asks next
    return entry;
  }

  /** Until when (the catalog's clock) this very dataset may be used without looking. */
  currentUntil(entry: OpenDataset): number {
    return entry.checkedAt + 2 * this.#options.checkEveryMs;
  }

  /** The same after looking where it is time to; 0 where it may no longer be used. Rejects as `find`. */
  async checkedUntil(entry: OpenDataset): Promise<number> {
    const current = this.peek(entry.id) ?? (await this.find(entry.id));
    return current === entry ? this.currentUntil(entry) : 0;
  }

  /** Has it checked before it is used again. */
  doubt(entry: OpenDataset): void {
    entry.checkedAt = Number.NEGATIVE_INFINITY;
  }

  /** Opens, or checks what is open. @throws GatewayError as DatasetCatalog.open */
  async find(id: string, options: CallOptions = {}): Promise<OpenDataset> {
    if (!isDatasetId(id)) throw unknownDataset(id);
    const failure = this.#failures.get(id);
    if (failure !== undefined && this.#options.now() - failure.at < this.#options.failureMs)
      throw failure.error;
    return this.#flights.run(id, (shared) => this.#checkOrOpen(id, shared), options);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#sweeper);
    const entries = [...this.#open.values(), ...this.#retired];
    this.#open.clear();
    await Promise.all(entries.map((entry) => entry.close()));
  }

  async #checkOrOpen(id: string, options: CallOptions): Promise<OpenDataset> {
    const entry = this.#open.get(id);
    if (entry !== undefined && (await this.#isCurrent(entry, options))) {
      entry.checkedAt = this.#options.now();
      this.#touch(entry);
      return entry;
    }
    try {
      const dataset = await this.#openFrom(id, options);
      this.#failures.delete(id);
      return this.#keep(new OpenDataset(id, dataset, this.#options.now(), this.#options.log));
    } catch (error) {
      throw this.#failed(id, error);
    }
  }

  /** A check that fails says nothing about the data: what is open goes on serving, and reads tell their own errors. */
  async #isCurrent(entry: OpenDataset, options: CallOptions): Promise<boolean> {
    try {
      return (await entry.dataset.isCurrent?.(options)) ?? true;
    } catch (error) {
      if (options.signal?.aborted !== true) {
        this.#options.log.warn(
          { dataset: entry.id, err: error },
          `not checked for changes: ${messageOf(error)}`,
        );
      }
      return true;
    }
  }

  async #openFrom(id: string, options: CallOptions): Promise<Dataset> {
    for (const provider of this.#options.providers) {
      const dataset = await openWith(provider, id, options);
      if (dataset !== undefined) return dataset;
    }
    throw unknownDataset(id);
  }

  #keep(entry: OpenDataset): OpenDataset {
    const replaced = this.#open.get(entry.id);
    if (replaced !== undefined) {
      replaced.isReplaced = true;
      this.#retire(replaced);
    }
    this.#touch(entry);
    if (this.#isClosed) entry.retire(0);
    for (const oldest of this.#open.values()) {
      if (this.#open.size <= this.#options.maxOpen) break;
      if (!oldest.isHeld && oldest !== entry) this.#retire(oldest);
    }
    return entry;
  }

  #touch(entry: OpenDataset): void {
    this.#open.delete(entry.id);
    this.#open.set(entry.id, entry);
  }

  #retire(entry: OpenDataset): void {
    this.#open.delete(entry.id);
    this.#retired.add(entry);
    entry.retire(this.#options.graceMs, () => this.#retired.delete(entry));
  }

  #sweep(): void {
    const oldest = this.#options.now() - this.#options.idleMs;
    for (const entry of this.#open.values()) if (!entry.isHeld && entry.usedAt < oldest) this.#retire(entry);
  }

  /** What a failed opening is for the client: never "not found" where a provider knows the id. */
  #failed(id: string, cause: unknown): unknown {
    const stale = this.#open.get(id);
    if (isGatewayError(cause) && cause.code === "not_found" && cause.details["dataset"] !== undefined) {
      if (stale !== undefined) this.#retire(stale);
      this.#failures.delete(id);
      return cause;
    }
    if (cause instanceof Error && cause.name === "AbortError") return cause;
    if (stale !== undefined) this.#retire(stale);
    if (cause instanceof RequestFailure) return cause.cause;
    const error = asOpenFailure(id, cause);
    if (error.code === "overloaded") return error;
    if (this.#failures.size >= MAX_FAILURES) this.#failures.delete(this.#failures.keys().next().value ?? "");
    this.#failures.set(id, { error, at: this.#options.now() });
    this.#options.log.warn(
      { dataset: id, code: error.code, err: cause },
      `cannot open dataset "${id}": ${error.message}`,
    );
    return error;
  }
}
