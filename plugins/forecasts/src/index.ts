import {
  createLoadedModels,
  ModelInterfaces,
  modelPackageVersion,
  readModelPackage,
  watchedPackage,
} from "@zarr-gateway/inference";
import { definePlugin, ForecastModelsService, NoisyForecastsService, provide } from "@zarr-gateway/plugin";
import { ForecastCounts } from "./forecast-counts.ts";
import { forecastMetrics } from "./metrics.ts";
import { OpenForecasts } from "./noisy-forecasts.ts";
import { forecastOpener } from "./open-forecast.ts";
import { type ForecastOptions, forecastsOptions } from "./options.ts";
import { type Forecast, type ForecastOpener, forecastsProvider } from "./provider.ts";
import { readPackages } from "./read-packages.ts";

export { ForecastConfigurationError, type ForecastProblem } from "./configuration-problems.ts";
export { type ForecastOptions, forecastsOptions } from "./options.ts";

/** Forecasts of the configuration: models whose runs are datasets, made when they are read. */
export default definePlugin({
  name: "forecasts",
  version: "0.1.0",
  prefix: "",
  options: forecastsOptions.prefault({}),
  provides: [ForecastModelsService, NoisyForecastsService],
  async setup(host, { forecasts: byId, cacheFolder, gatewayVersion }) {
    const forecasts = new Map(
      Object.entries(byId).map(([id, options]) => [id, forecastOf(id, options, cacheFolder)]),
    );
    await readPackages([...forecasts.values()]);
    const counts = new Map(Object.keys(byId).map((id) => [id, new ForecastCounts()]));
    const models = createLoadedModels({ log: host.log });
    const interfaces = new ModelInterfaces();
    const noisy = new OpenForecasts(host.datasets);
    const openForecast = forecastOpener({ host, models, counts, gatewayVersion, open: noisy });
    const open: ForecastOpener = async (parts, call) => {
      await interfaces.note(parts.forecast.id, parts.model, call);
      return openForecast(parts, call);
    };
    return {
      providers: [forecastsProvider(forecasts, host, open)],
      metrics: forecastMetrics(counts),
      services: [provide(ForecastModelsService, interfaces), provide(NoisyForecastsService, noisy)],
      close: () => models.close(),
      // what is missing of an analysis is told now: the catalog remembers and logs what does not open
      started: () => {
        for (const id of forecasts.keys()) host.datasets.open(id).catch(() => undefined);
      },
    };
  },
});

function forecastOf(id: string, options: ForecastOptions, cacheFolder: string | undefined): Forecast {
  const { model, weights } = options;
  const reading = {
    ...(weights !== undefined && { weights }),
    ...(cacheFolder !== undefined && { cacheFolder }),
  };
  return {
    id,
    options,
    model: watchedPackage({
      read: ({ signal }) => readModelPackage(model, { ...reading, signal }),
      look: ({ signal }) => modelPackageVersion(model, { ...reading, signal }),
    }),
  };
}
