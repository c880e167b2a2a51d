import { createChunkCoder } from "@zarr-gateway/codecs";
import { definePlugin } from "@zarr-gateway/plugin";
import { z } from "zod";
import { rawStoreRoutes } from "./routes.ts";

export default definePlugin({
  name: "references",
  version: "0.1.0",
  prefix: "kerchunk",
  options: z.strictObject({}).prefault({}),
  setup: (host) => ({
    datasetRoutes: rawStoreRoutes({ cache: host.cache, coder: createChunkCoder({ pool: host.pool }) }),
  }),
});
