import {
  DescriptionsService,
  definePlugin,
  PictureDrawingService,
  PicturesService,
  provide,
} from "@zarr-gateway/plugin";
import { createLimiter } from "@zarr-gateway/primitives";
import { z } from "zod";
import { PICTURES } from "./pictures.ts";
import { pictureDrawing } from "./routes/draw-png.ts";
import { serverRoutes } from "./routes/oembed.ts";
import { plotRoutes } from "./routes/plot-routes.ts";

/** Fields are thinned to this many values: pixels show no more. */
const MAX_VALUES = 10_000_000;
const MAX_QUEUE = 64;
/** Fields that a model is waited for, of a few megabytes each. */
const MAX_PATIENT = 64;
const MAX_PATIENT_QUEUE = 1024;

export default definePlugin({
  name: "plot",
  version: "0.1.0",
  prefix: "",
  options: z
    .strictObject({
      maxReadMiB: z
        .int()
        .min(1)
        .max(1_048_576)
        .default(2048)
        .describe("what one picture may read, before compression"),
      concurrency: z.int().min(1).max(64).default(4).describe("pictures that are read and drawn at once"),
    })
    .prefault({}),
  requires: [DescriptionsService],
  provides: [PicturesService, PictureDrawingService],
  setup(host, { maxReadMiB, concurrency }) {
    const services = {
      host,
      descriptions: host.use(DescriptionsService),
      pool: host.pool,
      cache: host.cache,
      limiter: createLimiter(concurrency, MAX_QUEUE),
      patience: createLimiter(MAX_PATIENT, MAX_PATIENT_QUEUE),
      limits: { maxValues: MAX_VALUES, maxBytes: maxReadMiB * 2 ** 20 },
    };
    return {
      routes: serverRoutes(host),
      datasetRoutes: plotRoutes(services),
      services: [
        provide(PicturesService, PICTURES),
        provide(PictureDrawingService, pictureDrawing(services)),
      ],
    };
  },
});
