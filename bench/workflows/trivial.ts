import { defineWorkflow, z } from "zarr-gateway/plugin";

/** Nothing at all: what remains is the way through the queue. */
export default defineWorkflow({
  name: "trivial",
  description: "Nothing",
  parameters: z.object({ number: z.int().default(0) }),
  run: async () => ({}),
});
