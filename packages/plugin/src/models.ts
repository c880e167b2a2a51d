import type { ModelInterface } from "@zarr-gateway/dataset";
import type { Service } from "./plugin.ts";

/** The models that make datasets. */
export interface Models {
  /** As it was read last; undefined for datasets that no model makes. Opens nothing. */
  of(datasetId: string): ModelInterface | undefined;
}

/** Provided by the built-in plugins `forecasts` and `maps`. */
export const ForecastModelsService: Service<Models> = { id: "forecasts.models" };
export const MapModelsService: Service<Models> = { id: "maps.models" };
