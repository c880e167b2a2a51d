import {
  DescriptionsService,
  definePlugin,
  ForecastModelsService,
  MapModelsService,
  OriginsService,
  PicturesService,
} from "@zarr-gateway/plugin";
import { catalogOptions } from "./options.ts";
import { CatalogService, GEOJSON_TYPE } from "./routes/catalog-service.ts";
import { itemAnswer, itemRoutes } from "./routes/item-routes.ts";
import { stacRoutes } from "./routes/stac-routes.ts";

export { type ExportedCollection, type StaticFile, staticCatalog } from "./export/static-catalog.ts";
export type { Item } from "./item/item.ts";
export { type CatalogOptions, catalogOptions } from "./options.ts";

/** STAC items, collections and API. */
export default definePlugin({
  name: "stac",
  version: "0.1.0",
  prefix: "",
  options: catalogOptions,
  requires: [DescriptionsService],
  wants: [OriginsService, PicturesService, ForecastModelsService, MapModelsService],
  setup(host, options) {
    const [forecasts, maps] = [host.find(ForecastModelsService), host.find(MapModelsService)];
    const services = {
      origins: host.find(OriginsService),
      pictures: host.find(PicturesService),
      models: { of: (id: string) => forecasts?.of(id) ?? maps?.of(id) },
    };
    const service = new CatalogService(host, host.use(DescriptionsService), options, services);
    return {
      routes: stacRoutes(service),
      datasetRoutes: itemRoutes(service),
      representations: [{ mediaType: GEOJSON_TYPE, answer: (c) => itemAnswer(c, service) }],
    };
  },
});
