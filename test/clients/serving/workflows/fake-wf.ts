import { defineWorkflow, z } from "zarr-gateway/plugin";

export default defineWorkflow({
  name: "fake_wf",
  description: "Fake workflow for list test",
  parameters: z.object({}),
  run: async () => ({}),
});
