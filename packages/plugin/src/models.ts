import type { MemberNoise, ModelInterface } from "@zarr-gateway/dataset";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { DatasetLease, Service } from "./plugin.ts";

/** The models that make datasets. */
export interface Models {
  /** As it was read last; undefined for datasets that no model makes. Opens nothing. */
  of(datasetId: string): ModelInterface | undefined;
}

/** Provided by the built-in plugins `forecasts` and `maps`. */
export const ForecastModelsService: Service<Models> = { id: "forecasts.models" };
export const MapModelsService: Service<Models> = { id: "maps.models" };

/** Forecasts with members of their own for who asks: the same model and starts, other noise. */
export interface NoisyForecasts {
  /**
   * As `DatasetCatalog.lease`. What is asked for is made when it is read, shared with all who ask for the same, and kept as
   * other fields are.
   * @throws GatewayError invalid_request for noise that the forecast does not permit, or its model has not; `details.noise`
   * names the option
   */
  lease(id: string, noise: MemberNoise, options?: CallOptions): Promise<DatasetLease>;
}

/** Provided by the built-in plugin `forecasts`. */
export const NoisyForecastsService: Service<NoisyForecasts> = { id: "forecasts.noisy" };
