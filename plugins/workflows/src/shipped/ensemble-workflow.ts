import { defineWorkflow } from "@zarr-gateway/plugin";
import { z } from "zod";
import { forecastConfig, forecastFor } from "./forecast-choice.ts";
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
import { memberNoise } from "./member-noise.ts";

const parameters = z
  .object({
    forecast_times: forecastTimes,
    nsteps: nsteps(10),
    nensemble: z
      .int()
      .min(1)
      .max(512)
      .default(8)
      .describe("Number of ensemble members; the first is the control, without noise"),
    batch_size: z
      .int()
      .min(1)
      .max(64)
      .default(2)
      .describe("Number of ensemble members per batch (at most execution.maxBatch of the forecast)"),
    model_type: z
      .enum(["fcn"])
      .default("fcn")
      .describe("Prognostic model type: the configuration says which forecast stands for it"),
    perturbation: z
      .enum(["spherical_gaussian", "gaussian"])
      .default("spherical_gaussian")
      .describe("Perturbation method: as the model package correlates its noise, or uncorrelated"),
    noise_amplitude: z
      .number()
      .min(0)
      .max(1)
      .default(0.15)
      .describe(
        "Noise amplitude for the perturbation method: 0.15, unless the server is configured otherwise, is the noise of the model package, others are in proportion",
      ),
    seed_base: z
      .int()
      .optional()
      .describe(
        "RNG seed for other perturbations than the forecast's own; both are the same whenever they are made",
      ),
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

const config = forecastConfig.extend({
  /** The `noise_amplitude` that stands for the noise of the model package. */
  noiseAmplitude: z.number().positive().max(1).default(0.15),
});
type Config = z.output<typeof config>;

export const ensembleWorkflow = defineWorkflow({
  name: "ensemble_workflow",
  description: "Earth2Studio ensemble forecast workflow with perturbation and visualization",
  config,
  parameters,
  check: async ({ parameters: asked, config: given, datasets, signal }) =>
    void (await findForecast(requestOf(asked, given), datasets, { signal })),
  async run(context) {
    const { parameters: asked, config: given } = context;
    const { create_plots, plot_variable: variable, plot_step: step, output_variables: _, ...info } = asked;
    const { nensemble, nsteps: steps, forecast_times: times } = asked;
    return runForecast(
      {
        request: requestOf(asked, given),
        info,
        batch: asked.batch_size,
        summary: `Generated ${nensemble}-member, ${steps}-step ensemble for ${times.length} time(s)`,
        plot: create_plots ? { variable, step } : undefined,
      },
      context,
    );
  },
});

function requestOf(asked: Parameters, given: Config): ForecastRequest {
  return {
    forecast: forecastFor(given, "model_type", asked.model_type),
    noise: memberNoise(asked, given.noiseAmplitude),
    times: { parameter: "forecast_times", values: startTimes(asked.forecast_times) },
    steps: { parameter: "nsteps", value: asked.nsteps },
    members: { parameter: "nensemble", value: asked.nensemble },
    ...(asked.output_variables && {
      variables: { parameter: "output_variables", values: asked.output_variables },
    }),
  };
}
