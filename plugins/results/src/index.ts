import { definePlugin } from "@zarr-gateway/plugin";
import { z } from "zod";

/** What the plugin is given: `jobs.results` of the configuration. */
const resultsOptions = z.strictObject({
  /** Of the results of all jobs together. */
  maxBytes: z.int().min(1),
});

/** What jobs leave behind: manifests, files, archives, datasets. */
export default definePlugin({
  name: "results",
  version: "0.1.0",
  prefix: "",
  options: resultsOptions,
  setup: () => ({}),
});
