import { definePlugin } from "@zarr-gateway/plugin";
import { z } from "zod";
import { diagnosticsRoutes } from "./diagnostics-routes.ts";
import { groupbyRoutes } from "./groupby-routes.ts";

const DEFAULT_VALUES = 2_000_000;

export default definePlugin({
  name: "diagnostics",
  version: "0.1.0",
  // two names below a dataset: groupby and diagnostics
  prefix: "",
  options: z
    .strictObject({
      maxValues: z
        .int()
        .min(1)
        .max(100_000_000)
        .default(DEFAULT_VALUES)
        .describe("the numbers that one JSON or CSV answer may have"),
    })
    .prefault({}),
  setup: (host, { maxValues }) => {
    const routes = groupbyRoutes({ host, maxValues });
    routes.route("/", diagnosticsRoutes({ host, maxValues }));
    return { datasetRoutes: routes };
  },
});
