import { definePlugin } from "@zarr-gateway/plugin";
import { z } from "zod";
import { infoRoutes } from "./routes.ts";

export default definePlugin({
  name: "info",
  version: "0.1.0",
  prefix: "",
  options: z.strictObject({}).default({}),
  setup: () => ({ datasetRoutes: infoRoutes() }),
});
