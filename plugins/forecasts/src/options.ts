import { attributeValue, modelProcessOptions } from "@zarr-gateway/plugin";
import { z } from "zod";

/*
 * The keys of one forecast. Descriptions are noun phrases: they fill "expected …" in messages, the editor's hints and
 * docs/configuration.md.
 */

const text = z.string().min(1);

/** Below the five minutes after which clients built on fsspec give a request up. */
const DEFAULT_MAX_WAIT_MS = 240_000;
const DEFAULT_STEP_TIMEOUT_MS = 120_000;
const DEFAULT_MAX_NOISE = 10;

const initialConditions = z
  .strictObject({
    dataset: text.describe("the id of a dataset of this gateway, or of a view of one"),
    variables: z
      .record(z.string(), text)
      .optional()
      .describe(
        "a map of the model's names to the dataset's, for those that names and standard names do not match",
      ),
  })
  .describe("where runs start, at least { dataset: … }");

const execution = z
  .strictObject({
    ...modelProcessOptions,
    maxWaitMs: z
      .int()
      .min(1)
      .max(3_600_000)
      .default(DEFAULT_MAX_WAIT_MS)
      .describe(
        "a number of milliseconds that a request is held; what takes longer is refused before work starts",
      ),
    stepTimeoutMs: z
      .int()
      .min(1)
      .max(3_600_000)
      .default(DEFAULT_STEP_TIMEOUT_MS)
      .describe("a number of milliseconds after which a step counts as hanging"),
    checkpointEvery: z
      .int()
      .min(1)
      .default(4)
      .describe(
        "a number of steps after which the state of a run is kept, so that later leads continue there",
      ),
    lookAhead: z
      .int()
      .min(0)
      .max(1000)
      .default(2)
      .describe("a number of steps that a run goes beyond what a client reads who walks forward; 0 for none"),
    maxQueuedRuns: z
      .int()
      .min(1)
      .max(10_000)
      .default(64)
      .describe("a number of runs that may wait for their turn; past it 503"),
    maxBatch: z
      .int()
      .min(1)
      .max(1024)
      .default(8)
      .describe("a number of runs that one call of the model may carry, where its graph has a batch axis"),
  })
  .prefault({})
  .describe("on what the model runs, and how long requests wait for it");

/** One entry of `forecasts:`. */
export const forecastOptions = z
  .strictObject({
    model: text.describe("a folder with model.yaml, or a yaml file whose files lie beside it or in weights"),
    weights: text.optional().describe("a folder with the files that the model names"),
    initialConditions,
    steps: z
      .int()
      .min(1)
      .max(1_000_000)
      .describe("a number of steps: lead_time has one more entry, 0 is the analysis"),
    members: z
      .strictObject({
        count: z.int().min(1).max(100_000).describe("a number of members from 1 on"),
        maxNoise: z
          .number()
          .min(0)
          .max(1000)
          .default(DEFAULT_MAX_NOISE)
          .describe(
            "how many times the noise of its model package workflows may ask for at most; 0: the forecast's own members alone",
          ),
      })
      .optional()
      .describe("an ensemble, such as { count: 4 }; member 0 is the control"),
    execution,
    chunks: z
      .record(
        z.string(),
        z
          .int()
          .min(-1)
          .refine((length) => length !== 0)
          .describe("a number of elements, or -1 for the whole dimension"),
      )
      .optional()
      .describe("the published chunk length by dimension; one lead time of one run without it"),
    title: text.optional().describe("a title, instead of the model's"),
    description: text.optional().describe("a description, instead of the model's"),
    attributes: z
      .record(z.string(), attributeValue)
      .optional()
      .describe("attributes laid over the model's own; null removes one"),
  })
  .describe("one forecast, at least { model: …, initialConditions: …, steps: … }");

export type ForecastOptions = z.output<typeof forecastOptions>;

const forecastId = z
  .string()
  .regex(/^(?!.*\.zarr$)[A-Za-z0-9][A-Za-z0-9._-]*$/)
  .describe("a dataset id: letters, digits, . _ -, not ending in .zarr");

/** The key `forecasts` of the configuration. */
export const forecastsKey = z
  .record(forecastId, forecastOptions)
  .default({})
  .describe("forecasts by id: models whose runs are datasets");

/** What the plugin is given: paths are absolute. */
export const forecastsOptions = z.strictObject({
  forecasts: forecastsKey,
  /** A folder that keeps hashes of model files, which may have gigabytes; in memory where absent. */
  cacheFolder: text.optional(),
  /** Of the program, for the attributes of datasets. */
  gatewayVersion: text.default("0"),
});
