import { htmlResource, respond } from "@zarr-gateway/http";
import type { DatasetEnv } from "@zarr-gateway/plugin";
import type { Context } from "hono";
import type { Found } from "../field/scope.ts";
import type { PlotServices } from "./plot-routes.ts";

export async function plotPage(
  c: Context<DatasetEnv>,
  found: Found,
  _services: PlotServices,
): Promise<Response> {
  return respond(c, htmlResource(`<!doctype html><title>${found.variable.name}</title>`));
}
