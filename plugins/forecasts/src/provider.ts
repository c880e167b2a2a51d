import type { Dataset } from "@zarr-gateway/dataset";
import type { ModelPackage, WatchedPackage } from "@zarr-gateway/inference";
import type { DatasetLease, DatasetProvider, Host } from "@zarr-gateway/plugin";
import { type CallOptions, GatewayError, isGatewayError, messageOf } from "@zarr-gateway/primitives";
import type { ForecastOptions } from "./options.ts";

/** A forecast of the configuration. */
export interface Forecast {
  readonly id: string;
  readonly options: ForecastOptions;
  readonly model: WatchedPackage;
}

/** What a forecast is made of, all of one version. */
export interface ForecastParts {
  readonly forecast: Forecast;
  readonly model: ModelPackage;
  readonly analysis: Dataset;
}

/** Makes the dataset; its `close` ends what it runs. */
export type ForecastOpener = (parts: ForecastParts, options: CallOptions) => Promise<Dataset>;

/**
 * Forecasts as datasets. They hold their analysis open, and are current as long as it is and the files of their model are
 * those that were read: then a new version is opened, and who reads the old one goes on with all of the old one.
 */
export function forecastsProvider(
  forecasts: ReadonlyMap<string, Forecast>,
  host: Pick<Host, "datasets">,
  open: ForecastOpener,
): DatasetProvider {
  return {
    name: "forecasts",
    async *ids() {
      yield* forecasts.keys();
    },
    async open(id, options = {}) {
      const forecast = forecasts.get(id);
      return forecast && openForecast(forecast, { host, open }, options);
    },
  };
}

interface Opening {
  readonly host: Pick<Host, "datasets">;
  readonly open: ForecastOpener;
}

async function openForecast(
  forecast: Forecast,
  { host, open }: Opening,
  options: CallOptions,
): Promise<Dataset> {
  const model = await forecast.model.read(options);
  const lease = await leaseAnalysis(forecast, host, options);
  try {
    const dataset = await open({ forecast, model, analysis: lease.dataset }, options);
    return {
      ...dataset,
      readsMayWait: true,
      isCurrent: async (call = {}) =>
        (await forecast.model.isCurrent(model, call)) && (await isSame(forecast, lease, host, call)),
      close: async () => {
        try {
          await dataset.close?.();
        } finally {
          lease.release();
        }
      },
    };
  } catch (error) {
    lease.release();
    throw error;
  }
}

/** To who asks for the forecast, an analysis that is not there is a failure, and never "not found". */
async function leaseAnalysis(
  { options: { initialConditions } }: Forecast,
  host: Pick<Host, "datasets">,
  options: CallOptions,
): Promise<DatasetLease> {
  const { dataset } = initialConditions;
  try {
    return await host.datasets.lease(dataset, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    const code = isGatewayError(error) && error.code === "overloaded" ? "overloaded" : "upstream";
    const message = `initialConditions.dataset: ${JSON.stringify(dataset)} cannot be opened: ${messageOf(error)}`;
    throw new GatewayError(code, message, {}, error);
  }
}

async function isSame(
  { options: { initialConditions } }: Forecast,
  lease: DatasetLease,
  { datasets }: Pick<Host, "datasets">,
  options: CallOptions,
): Promise<boolean> {
  const now = await datasets.lease(initialConditions.dataset, options);
  now.release();
  return now.dataset === lease.dataset;
}
