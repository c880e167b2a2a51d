import { DescriptionsService, definePlugin, PicturesService, provide } from "@zarr-gateway/plugin";
import { z } from "zod";
import { PICTURES } from "./pictures.ts";

export default definePlugin({
  name: "plot",
  version: "0.1.0",
  prefix: "",
  options: z.strictObject({}).default({}),
  requires: [DescriptionsService],
  provides: [PicturesService],
  setup: () => ({ services: [provide(PicturesService, PICTURES)] }),
});
