import { DescriptionsService, definePlugin, PicturesService } from "@zarr-gateway/plugin";
import { z } from "zod";
import { createListings } from "./listing.ts";
import { pageRoutes, rootRoutes } from "./routes.ts";

/** The HTML a person sees. */
export default definePlugin({
  name: "pages",
  version: "0.1.0",
  prefix: "",
  options: z
    .strictObject({
      title: z.string().min(1).default("zarr-gateway"),
      /** Below the title of the first page. */
      description: z.string().min(1).optional(),
    })
    .prefault({}),
  requires: [DescriptionsService],
  wants: [PicturesService],
  setup(host, { title, description }) {
    const descriptions = host.use(DescriptionsService);
    const listings = createListings(host, descriptions);
    const pictures = host.find(PicturesService);
    const options = { host, title, description, pictures, descriptions, listings };
    return {
      routes: rootRoutes(options),
      datasetRoutes: pageRoutes(options),
      close: () => listings.close(),
    };
  },
});
