import type { PluginMetric } from "@zarr-gateway/plugin";
import type { ForecastCounts } from "./forecast-counts.ts";

interface Described {
  readonly name: string;
  readonly type: "counter" | "gauge";
  readonly help: string;
  readonly value: (counts: ForecastCounts) => number;
}

const NUMBERS: readonly Described[] = [
  {
    name: "zarr_gateway_model_steps_total",
    type: "counter",
    help: "States advanced by one network, each run and member counted",
    value: ({ steps }) => steps,
  },
  {
    name: "zarr_gateway_model_diagnostics_total",
    type: "counter",
    help: "States that a diagnostic network was run on",
    value: ({ diagnostics }) => diagnostics,
  },
  {
    name: "zarr_gateway_model_waiters",
    type: "gauge",
    help: "Requests that wait for a field",
    value: ({ waiters }) => waiters,
  },
  {
    name: "zarr_gateway_model_queued_runs",
    type: "gauge",
    help: "Runs that wait for their turn",
    value: ({ queuedRuns }) => queuedRuns,
  },
  {
    name: "zarr_gateway_model_cache_bytes",
    type: "gauge",
    help: "Bytes of fields and states that are kept",
    value: ({ keptBytes }) => keptBytes,
  },
];

/** Of all forecasts, each from the start, 0 where nothing was asked. */
export function forecastMetrics(counts: ReadonlyMap<string, ForecastCounts>): PluginMetric[] {
  const histogram = (
    name: string,
    help: string,
    of: (one: ForecastCounts) => ForecastCounts["stepSeconds"],
  ): PluginMetric => ({
    name,
    type: "histogram",
    help,
    values: () => [...counts].flatMap(([forecast, one]) => of(one).values(name, { forecast })),
  });
  return [
    ...NUMBERS.map(({ name, type, help, value }) => ({
      name,
      type,
      help,
      values: () => [...counts].map(([forecast, one]) => ({ labels: { forecast }, value: value(one) })),
    })),
    histogram("zarr_gateway_model_step_seconds", "Time of one call of the model", (one) => one.stepSeconds),
    histogram(
      "zarr_gateway_model_queue_seconds",
      "Time that a run waited for its turn",
      (one) => one.queueSeconds,
    ),
  ];
}
