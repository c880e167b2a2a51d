import { DescriptionsService, definePlugin } from "@zarr-gateway/plugin";
import { z } from "zod";
import { croissantAnswer, datasetDialectRoutes, dialectRoutes, JSON_LD } from "./routes.ts";

/** Catalogs in the words of Gridlook, DCAT-AP, THREDDS, intake-esm and schema.org. */
export default definePlugin({
  name: "dialects",
  version: "0.1.0",
  // names directly below the root and below a dataset
  prefix: "",
  options: z
    .strictObject({
      title: z.string().min(1).default("zarr-gateway"),
      description: z.string().min(1).default("Earth-system data as Zarr over HTTP"),
      publisher: z.strictObject({ name: z.string().min(1), url: z.string().optional() }).optional(),
    })
    .prefault({}),
  requires: [DescriptionsService],
  setup(host, texts) {
    const services = { host, descriptions: host.use(DescriptionsService), texts };
    return {
      routes: dialectRoutes(services),
      datasetRoutes: datasetDialectRoutes(services),
      representations: [{ mediaType: JSON_LD, answer: (c) => croissantAnswer(c, services) }],
    };
  },
});
