import { defineWorkflow, isoTime, z } from "zarr-gateway/plugin";

/** The workflow of twins/twin.py with a parameter that has no default. */
export default defineWorkflow({
  name: "needy",
  description: "Asks for a number",
  parameters: z
    .object({ count: z.int(), when: isoTime().nullable().default(null) })
    .meta({ title: "NeedyParameters" }),
  run: async () => ({}),
});
