import { defineWorkflow } from "@zarr-gateway/plugin";
import { z } from "zod";
import { type ForecastConfig, forecastConfig, forecastFor } from "./forecast-choice.ts";
import {
  createPlots,
  dataSource,
  forecastTimes,
  nsteps,
  outputFormat,
  PLOT_VARIABLES,
  plotStep,
} from "./forecast-parameters.ts";
import { type ForecastRequest, findForecast } from "./forecast-request.ts";
import { runForecast, startTimes } from "./forecast-run.ts";

const parameters = z
  .object({
    forecast_times: forecastTimes,
    nsteps: nsteps(6),
    prognostic_model_type: z
      .enum(["dlwp", "fcn"])
      .default("fcn")
      .describe("Prognostic model type (dlwp, fcn): the configuration says which forecast stands for it"),
    diagnostic_model_type: z
      .enum(["precipitation_afno"])
      .default("precipitation_afno")
      .describe("Diagnostic model type (the diagnostic networks of the forecast run)"),
    data_source: dataSource,
    output_format: outputFormat,
    create_plots: createPlots,
    plot_variable: z
      .enum(["tp", ...PLOT_VARIABLES])
      .default("tp")
      .describe("Variable to plot; the first diagnostic one of the forecast where it has none of this name"),
    plot_step: plotStep,
  })
  .describe("Parameters for the diagnostic workflow");

type Parameters = z.output<typeof parameters>;

export const diagnosticWorkflow = defineWorkflow({
  name: "diagnostic_workflow",
  description: "Earth2Studio diagnostic forecast workflow with visualization",
  config: forecastConfig,
  parameters,
  check: async ({ parameters: asked, config, datasets, signal }) =>
    void (await findForecast(requestOf(asked, config), datasets, { signal })),
  async run(context) {
    const { parameters: asked, config } = context;
    const { create_plots, plot_variable: variable, plot_step: step, ...info } = asked;
    return runForecast(
      {
        request: requestOf(asked, config),
        info,
        summary: `Generated ${asked.nsteps}-step diagnostic forecast for ${asked.forecast_times.length} time(s)`,
        plot: create_plots ? { variable, step } : undefined,
      },
      context,
    );
  },
});

function requestOf(asked: Parameters, config: ForecastConfig): ForecastRequest {
  return {
    forecast: forecastFor(config, "prognostic_model_type", asked.prognostic_model_type),
    times: { parameter: "forecast_times", values: startTimes(asked.forecast_times) },
    steps: { parameter: "nsteps", value: asked.nsteps },
    diagnostics: { parameter: "diagnostic_model_type", value: asked.diagnostic_model_type },
  };
}
