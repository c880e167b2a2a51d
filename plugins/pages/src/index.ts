import { definePlugin } from "@zarr-gateway/plugin";
import { z } from "zod";
import { pageRoutes, rootRoutes } from "./routes.ts";

export default definePlugin({
  name: "pages",
  version: "0.1.0",
  prefix: "",
  options: z.strictObject({ title: z.string().default("zarr-gateway") }).prefault({}),
  setup: (host, options) => ({ routes: rootRoutes(host, options.title), datasetRoutes: pageRoutes(host) }),
});
