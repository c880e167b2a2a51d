import { hash } from "node:crypto";
import type { Attributes } from "@zarr-gateway/dataset";
import type { ModelPackage } from "../model-package.ts";

/** What a forecast is made with. */
export interface ForecastOrigin {
  readonly model: Pick<ModelPackage, "version" | "runtime">;
  /** On what networks run: `cpu`, `cuda`, … */
  readonly providers: readonly string[];
  /** Of the gateway. */
  readonly gatewayVersion: string;
  /** Id of the dataset that gives initial conditions. */
  readonly analysis: string;
}

/** Attributes that say where the numbers come from. */
export function provenance({ model, providers, gatewayVersion, analysis }: ForecastOrigin): Attributes {
  return {
    source: `numerical or learned model, run by zarr-gateway ${gatewayVersion}`,
    initial_conditions: analysis,
    model_version: model.version,
    model_runtime: model.runtime.name,
    ...(providers.length > 0 && { model_providers: providers.join(" ") }),
  };
}

/** Changes when any chunk may: with the model, the configuration of the forecast and the analysis. */
export function forecastVersion(parts: {
  readonly model: Pick<ModelPackage, "version">;
  /** Of the analysis. */
  readonly conditions: { readonly version: string };
  /** What of the configuration changes values or chunks, as text. */
  readonly configuration: string;
}): string {
  return hash(
    "sha256",
    JSON.stringify([parts.model.version, parts.conditions.version, parts.configuration]),
    "base64url",
  );
}
