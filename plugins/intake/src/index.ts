import { DescriptionsService, definePlugin } from "@zarr-gateway/plugin";
import { z } from "zod";
import { datasetIntakeRoutes, intakeRoutes } from "./routes.ts";

/** Intake catalogs, versions 1 and 2. */
export default definePlugin({
  name: "intake",
  version: "0.1.0",
  // names directly below the root and below a dataset
  prefix: "",
  options: z
    .strictObject({
      /** What `/intake.yaml` lists: data sources, or one catalog a dataset. */
      form: z.enum(["flat", "nested"]).default("flat"),
      /** How data are read by who names no method, where the dataset has it. */
      method: z.enum(["zarr", "zarr2", "kerchunk"]).default("zarr"),
    })
    .prefault({}),
  requires: [DescriptionsService],
  setup(host, options) {
    const services = { host, descriptions: host.use(DescriptionsService), ...options };
    return { routes: intakeRoutes(services), datasetRoutes: datasetIntakeRoutes(services) };
  },
});
