import { definePlugin } from "@zarr-gateway/plugin";
import { z } from "zod";

/** What the plugin is given: the key `workflows` of the configuration, with absolute paths. */
const workflowsOptions = z.strictObject({
  directories: z.array(z.string().min(1)).default([]),
  expose: z.array(z.string().min(1)).default(["*"]),
  /** By the name of a workflow. */
  configurations: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  /** For processes that run workflows and need the same datasets. */
  configurationFile: z.string().min(1).optional(),
  gatewayVersion: z.string().min(1).default("0"),
});

/** Workflows as jobs. */
export default definePlugin({
  name: "workflows",
  version: "0.1.0",
  prefix: "",
  options: workflowsOptions.prefault({}),
  setup: () => ({}),
});
