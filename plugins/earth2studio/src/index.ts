import { definePlugin } from "@zarr-gateway/plugin";
import { z } from "zod";

/** The API of Earth2Studio's `serve` on the jobs of this server. */
export default definePlugin({
  name: "earth2studio",
  version: "0.1.0",
  prefix: "",
  options: z.strictObject({}).prefault({}),
  setup: () => ({}),
});
