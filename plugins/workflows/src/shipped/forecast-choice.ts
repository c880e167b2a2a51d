import { GatewayError } from "@zarr-gateway/primitives";
import { z } from "zod";

/** Which forecast of the gateway stands for a model: one for all, or one by the name of the model. */
export const forecastConfig = z.object({
  forecast: z.union([z.string().min(1), z.record(z.string(), z.string().min(1))]).optional(),
});
export type ForecastConfig = z.output<typeof forecastConfig>;

/** @throws GatewayError invalid_request where the configuration names none for this model */
export function forecastFor({ forecast }: ForecastConfig, parameter: string, model: string): string {
  if (typeof forecast === "string") return forecast;
  const id = forecast !== undefined && Object.hasOwn(forecast, model) ? forecast[model] : undefined;
  if (id !== undefined) return id;
  const others = Object.keys(forecast ?? {});
  const offered = others.length === 0 ? "no forecast is configured for it" : `there are ${others.join(", ")}`;
  throw new GatewayError("invalid_request", `${parameter}: "${model}" cannot be run here: ${offered}`);
}
