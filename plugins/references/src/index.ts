import { createChunkCoder } from "@zarr-gateway/codecs";
import { definePlugin } from "@zarr-gateway/plugin";
import { z } from "zod";
import { referencesRoutes } from "./routes.ts";

export default definePlugin({
  name: "references",
  version: "0.1.0",
  // two names below a dataset: kerchunk and references.json
  prefix: "",
  options: z
    .strictObject({
      /** False: no address of a source's own files in any answer. */
      sourceTargets: z.boolean().default(true),
    })
    .prefault({}),
  setup: (host, { sourceTargets }) => ({
    datasetRoutes: referencesRoutes({
      cache: host.cache,
      coder: createChunkCoder({ pool: host.pool }),
      baseUrl: (request) => host.baseUrl(request),
      sourceTargets,
    }),
  }),
});
