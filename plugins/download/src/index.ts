import { definePlugin } from "@zarr-gateway/plugin";
import { parseSize, SIZE_PATTERN } from "@zarr-gateway/primitives";
import { z } from "zod";
import { downloadRoutes } from "./routes.ts";

const DEFAULT_LIMIT = 2 ** 30;

export default definePlugin({
  name: "download",
  version: "0.1.0",
  // one name below a dataset: download.nc
  prefix: "",
  options: z
    .strictObject({
      /** Largest file that is given out: `4GiB`. */
      maxBytes: z
        .string()
        .regex(SIZE_PATTERN)
        .transform((text) => parseSize(text) ?? DEFAULT_LIMIT)
        .default(DEFAULT_LIMIT),
    })
    .prefault({}),
  setup: (host, { maxBytes }) => ({
    datasetRoutes: downloadRoutes({ cache: host.cache, pool: host.pool, maxBytes }),
  }),
});
