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
    nsteps: nsteps(10),
    nensemble: z.int().min(1).max(512).default(8).describe("Number of ensemble members"),
    batch_size: z
      .int()
      .min(1)
      .max(64)
      .default(2)
      .describe("Number of ensemble members per batch (the forecast has its own: execution.maxBatch)"),
    model_type: z
      .enum(["fcn"])
      .default("fcn")
      .describe("Prognostic model type: the configuration says which forecast stands for it"),
    perturbation: z
      .enum(["spherical_gaussian", "gaussian"])
      .default("spherical_gaussian")
      .describe("Perturbation method (the model package of the forecast has its own)"),
    noise_amplitude: z
      .number()
      .min(0)
      .max(1)
      .default(0.15)
      .describe(
        "Noise amplitude for the perturbation method (the model package of the forecast has its own)",
      ),
    seed_base: z
      .int()
      .optional()
      .describe("RNG seed for reproducible perturbations (those of a forecast are always the same)"),
    data_source: dataSource,
    output_format: outputFormat,
    output_variables: z
      .array(z.string())
      .optional()
      .describe("Variables to save (e.g. ['t2m', 'tcwv']). If None, save all."),
    create_plots: createPlots,
    plot_variable: z
      .enum(PLOT_VARIABLES)
      .default("tcwv")
      .describe("Variable to plot; the first of the forecast where it has none of this name"),
    plot_step: plotStep,
  })
  .describe("Parameters for the ensemble workflow");

type Parameters = z.output<typeof parameters>;
/** What a forecast of the gateway brings itself, whatever a request says. */
const OF_THE_FORECAST = ["batch_size", "perturbation", "noise_amplitude", "seed_base", "data_source"];

export const ensembleWorkflow = defineWorkflow({
  name: "ensemble_workflow",
  description: "Earth2Studio ensemble forecast workflow with perturbation and visualization",
  config: forecastConfig,
  parameters,
  check: async ({ parameters: asked, config, datasets, signal }) =>
    void (await findForecast(requestOf(asked, config), datasets, { signal })),
  async run(context) {
    const { parameters: asked, config } = context;
    const { create_plots, plot_variable: variable, plot_step: step, output_variables: _, ...info } = asked;
    context.log(`members are those of the forecast: ${OF_THE_FORECAST.join(", ")} change nothing here`);
    const { nensemble, nsteps: steps, forecast_times: times } = asked;
    return runForecast(
      {
        request: requestOf(asked, config),
        info,
        summary: `Generated ${nensemble}-member, ${steps}-step ensemble for ${times.length} time(s)`,
        plot: create_plots ? { variable, step } : undefined,
      },
      context,
    );
  },
});

function requestOf(asked: Parameters, config: ForecastConfig): ForecastRequest {
  return {
    forecast: forecastFor(config, "model_type", asked.model_type),
    times: { parameter: "forecast_times", values: startTimes(asked.forecast_times) },
    steps: { parameter: "nsteps", value: asked.nsteps },
    members: { parameter: "nensemble", value: asked.nensemble },
    ...(asked.output_variables && {
      variables: { parameter: "output_variables", values: asked.output_variables },
    }),
  };
}
