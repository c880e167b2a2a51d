import { DescriptionsService, definePlugin } from "@zarr-gateway/plugin";
import { z } from "zod";
import { createListings } from "./listing.ts";
import { pageRoutes, rootRoutes } from "./routes.ts";

/** The HTML a person sees. */
export default definePlugin({
  name: "pages",
  version: "0.1.0",
  prefix: "",
  options: z.strictObject({ title: z.string().default("zarr-gateway") }).prefault({}),
  requires: [DescriptionsService],
  setup(host, { title }) {
    const descriptions = host.use(DescriptionsService);
    const listings = createListings(host, descriptions);
    const options = { host, title, descriptions, listings };
    return {
      routes: rootRoutes(options),
      datasetRoutes: pageRoutes(options),
      close: () => listings.close(),
    };
  },
});
