import { definePlugin, ForecastModelsService, MapModelsService } from "@zarr-gateway/plugin";
import { z } from "zod";
import { modelRoute } from "./model-route.ts";
import { infoRoutes } from "./routes.ts";

export default definePlugin({
  name: "info",
  version: "0.1.0",
  prefix: "",
  options: z.strictObject({}).default({}),
  wants: [ForecastModelsService, MapModelsService],
  setup(host) {
    const [forecasts, maps] = [host.find(ForecastModelsService), host.find(MapModelsService)];
    const routes = infoRoutes();
    routes.route(
      "/",
      modelRoute((id) => forecasts?.of(id) ?? maps?.of(id)),
    );
    return { datasetRoutes: routes };
  },
});
