import { createChunkCoder } from "@zarr-gateway/codecs";
import { definePlugin } from "@zarr-gateway/plugin";
import { z } from "zod";
import { compressorOptions, compressorSpec } from "./compressor.ts";
import { createPublisher } from "./publisher.ts";
import { datasetKeyRoutes } from "./routes.ts";
import { serverTreeRoutes } from "./server-tree.ts";

export default definePlugin({
  name: "zarr",
  version: "0.1.0",
  prefix: "",
  options: z.strictObject({ compressor: compressorOptions }).prefault({}),
  setup(host, options) {
    const publisher = createPublisher({
      cache: host.cache,
      coder: createChunkCoder({ pool: host.pool }),
      compressor: compressorSpec(options.compressor),
    });
    return {
      routes: serverTreeRoutes(host, publisher),
      datasetRoutes: datasetKeyRoutes(publisher),
    };
  },
});
