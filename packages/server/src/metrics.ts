import type { PluginMetric } from "@zarr-gateway/plugin";
import type { ByteCache, WorkerPool } from "@zarr-gateway/primitives";
import { collectDefaultMetrics, Gauge, Registry } from "prom-client";
import type { Admission } from "./admission.ts";
import type { OpenDatasets } from "./dataset-catalog.ts";
import { registerCacheMetrics } from "./metrics/cache.ts";
import { registerGathered } from "./metrics/gathered.ts";
import { RouteHistogram } from "./route-histogram.ts";

export interface Measured extends Admission {
  readonly cache: ByteCache;
  readonly pool: WorkerPool;
  readonly datasets: OpenDatasets;
  /** By plugins. */
  readonly counted: readonly PluginMetric[];
}

/** What one process did since its start. Numbers are gathered when they are asked for; requests only add. */
export class Metrics {
  readonly contentType = Registry.PROMETHEUS_CONTENT_TYPE;
  readonly #routes = new RouteHistogram();
  readonly #measured: Measured;
  #registry: Registry | undefined;

  constructor(measured: Measured) {
    this.#measured = measured;
  }

  record(route: string, method: string, status: number, seconds: number, bytes: number): void {
    this.#routes.record(route === "" ? "none" : route, method, status, seconds, bytes);
  }

  /** Prometheus' text format. */
  text(): Promise<string> {
    this.#registry ??= this.#createRegistry();
    return this.#registry.metrics();
  }

  #createRegistry(): Registry {
    const registry = new Registry();
    collectDefaultMetrics({ register: registry });
    const routes = this.#routes;
    const duration = "zarr_gateway_request_duration_seconds";
    registerGathered(registry, duration, "histogram", "Time until the answer is through, by route", () =>
      routes.durations(duration),
    );
    registerGathered(registry, "zarr_gateway_requests_total", "counter", "Requests by route", () =>
      routes.requests(),
    );
    registerGathered(
      registry,
      "zarr_gateway_response_bytes_total",
      "counter",
      "Bytes of bodies by route",
      () => routes.bytes(),
    );
    const { cache, pool, datasets, requests, heldRequests, heldBytes } = this.#measured;
    const gauge = (name: string, help: string, value: () => number): void => {
      const measured: Gauge = new Gauge({
        name,
        help,
        registers: [registry],
        collect: () => measured.set(value()),
      });
    };
    registerCacheMetrics(registry, cache);
    for (const { name, type, help, values } of this.#measured.counted)
      registerGathered(registry, name, type, help, values);
    gauge("zarr_gateway_open_datasets", "Datasets held open", () => datasets.openCount);
    gauge(
      "zarr_gateway_failed_datasets",
      "Datasets whose last opening failed",
      () => datasets.failures().size,
    );
    gauge("zarr_gateway_pool_running", "Tasks on worker threads", () => pool.running);
    gauge("zarr_gateway_pool_queued", "Tasks waiting for a worker thread", () => pool.queued);
    gauge("zarr_gateway_requests_in_flight", "Requests being answered", () => requests.taken);
    gauge("zarr_gateway_requests_queued", "Requests waiting for their turn", () => requests.queued);
    gauge("zarr_gateway_requests_held", "Requests waiting for a model", () => heldRequests.taken);
    gauge("zarr_gateway_held_bytes", "Bytes of bodies on their way", () => heldBytes.taken);
    return registry;
  }
}
