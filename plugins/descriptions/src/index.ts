import { DescriptionsService, definePlugin, provide } from "@zarr-gateway/plugin";
import { z } from "zod";
import { descriptionAnswer } from "./description-answer.ts";
import { openIndex } from "./description-index.ts";
import { createDescriptions } from "./descriptions.ts";

/** What is known of every dataset, for catalogs and pages. */
export default definePlugin({
  name: "descriptions",
  version: "0.1.0",
  prefix: "",
  options: z
    .strictObject({
      /** Path of the SQLite file that keeps descriptions from one start to the next; in memory where absent. */
      index: z.string().min(1).optional(),
      /** Datasets opened at once to describe them. */
      maxConcurrent: z.int().min(1).max(64).default(4),
    })
    .prefault({}),
  provides: [DescriptionsService],
  setup(host, options) {
    const index = openIndex(options.index, host.log);
    const descriptions = createDescriptions({ host, index, maxConcurrent: options.maxConcurrent });
    return {
      services: [provide(DescriptionsService, descriptions)],
      representations: [{ mediaType: "application/json", answer: (c) => descriptionAnswer(c, descriptions) }],
      async close() {
        await descriptions.close();
        index.close();
      },
    };
  },
});
