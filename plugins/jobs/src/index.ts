import { definePlugin } from "@zarr-gateway/plugin";
import { jobsOptions } from "./options.ts";

/** Every job of the server, over HTTP and on a page; others define jobs through the service `jobs`. */
export default definePlugin({
  name: "jobs",
  version: "0.1.0",
  prefix: "",
  options: jobsOptions,
  setup: () => ({}),
});
