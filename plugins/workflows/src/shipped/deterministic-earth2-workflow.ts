import { defineWorkflow, formatIsoTime, isoTime } from "@zarr-gateway/plugin";
import { z } from "zod";
import { forecastConfig, forecastFor } from "./forecast-choice.ts";
import { type ForecastRequest, findForecast } from "./forecast-request.ts";
import { runForecast } from "./forecast-run.ts";

const config = forecastConfig.extend({
  model_type: z.enum(["fcn", "dlwp"]).default("fcn"),
});

const parameters = z.object({
  start_time: z.array(isoTime()).prefault(["2024-01-01T00:00:00"]),
  num_steps: z.int().min(1).max(1000).default(6).describe("Number of steps (must be between 1 and 1000)"),
});

export const deterministicEarth2Workflow = defineWorkflow({
  name: "deterministic_earth2_workflow",
  description: "Deterministic workflow with auto-registration",
  config,
  parameters,
  check: async ({ parameters: asked, config: given, datasets, signal }) =>
    void (await findForecast(requestOf(asked, given), datasets, { signal })),
  run: (context) => {
    const { parameters: asked, config: given } = context;
    return runForecast(
      {
        request: requestOf(asked, given),
        info: { ...asked, start_time: asked.start_time.map(formatIsoTime), model_type: given.model_type },
        summary: "Generated forecast",
      },
      context,
    );
  },
});

function requestOf(asked: z.output<typeof parameters>, given: z.output<typeof config>): ForecastRequest {
  return {
    forecast: forecastFor(given, "model_type", given.model_type),
    times: { parameter: "start_time", values: asked.start_time },
    steps: { parameter: "num_steps", value: asked.num_steps },
  };
}
