import { defineWorkflow, z } from "zarr-gateway/plugin";

/** Not exposed. */
export default defineWorkflow({
  name: "test_endpoints_wf",
  description: "Known, and for nobody",
  parameters: z.object({}),
  run: async () => ({}),
});
