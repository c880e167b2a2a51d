import { definePlugin } from "@zarr-gateway/plugin";
import { parseSize, SIZE_PATTERN } from "@zarr-gateway/primitives";
import { z } from "zod";
import { explainAnswer } from "./explain-answer.ts";
import { viewsProvider } from "./provider.ts";
import { ViewIds } from "./view-id.ts";

const size = z
  .string()
  .regex(SIZE_PATTERN)
  .transform((text) => parseSize(text) ?? 0);

/** Datasets computed from datasets, named in the id. */
export default definePlugin({
  name: "views",
  version: "0.1.0",
  prefix: "",
  options: z
    .strictObject({
      /** Decoded bytes of the original that one chunk of a view may take; more is 413. */
      maxReadBytes: size
        .prefault("32GiB")
        .describe("a size such as 32GiB: what one chunk of a view may take of the original"),
    })
    .prefault({}),
  setup(host, { maxReadBytes }) {
    const ids = new ViewIds();
    return {
      providers: [viewsProvider({ ...host, maxReadBytes }, ids)],
      questions: [
        { parameter: "explain", answer: (c) => explainAnswer(c, { ids, cache: host.cache, maxReadBytes }) },
      ],
    };
  },
});
