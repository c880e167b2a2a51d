import { defineWorkflow, isoTime, z } from "zarr-gateway/plugin";

/** What upstream's tests of the schema ask of a workflow. */
export default defineWorkflow({
  name: "test_workflow",
  description: "For the schema",
  parameters: z.object({
    forecast_times: z.array(isoTime()).prefault(["2024-01-01T00:00:00"]).describe("Start times"),
    nsteps: z.int().min(1).max(100).default(10).describe("Number of steps"),
    model_type: z.string().default("fcn").describe("Kind of model"),
    only: z.enum(["one"]).default("one"),
    seed: z.int().optional().describe("Seed"),
  }),
  run: async () => ({}),
});
