import { DescriptionsService, definePlugin } from "@zarr-gateway/plugin";
import { z } from "zod";
import { AccessCounter } from "./access-counter.ts";
import { statisticsRoutes } from "./routes.ts";

/** Tables of what is served, and who reads it. */
export default definePlugin({
  name: "statistics",
  version: "0.1.0",
  // names directly below the root
  prefix: "",
  options: z
    .strictObject({
      /** Seconds that the counts of accesses look back. */
      window: z.int().min(60).max(86_400).default(3600),
    })
    .prefault({}),
  requires: [DescriptionsService],
  setup(host, { window }) {
    const access = new AccessCounter({ windowSeconds: window });
    const descriptions = host.use(DescriptionsService);
    return {
      routes: statisticsRoutes({ host, descriptions, access, windowSeconds: window }),
      observers: [(answered) => access.note(answered)],
    };
  },
});
