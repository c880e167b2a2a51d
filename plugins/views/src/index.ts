import { definePlugin } from "@zarr-gateway/plugin";
import { z } from "zod";
import { viewsProvider } from "./provider.ts";
import { ViewIds } from "./view-id.ts";

/** Datasets computed from datasets, named in the id. */
export default definePlugin({
  name: "views",
  version: "0.1.0",
  prefix: "",
  options: z.strictObject({}).prefault({}),
  setup(host) {
    return { providers: [viewsProvider(host, new ViewIds())] };
  },
});
