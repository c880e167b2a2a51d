import { attributeValue, modelProcessOptions } from "@zarr-gateway/plugin";
import { z } from "zod";

/*
 * The keys of one map. Descriptions are noun phrases: they fill "expected …" in messages, the editor's hints and
 * docs/configuration.md.
 */

const text = z.string().min(1);
const DEFAULT_MAX_WAIT_MS = 240_000;
const DEFAULT_STEP_TIMEOUT_MS = 120_000;

const cells = z.int().min(1).max(1_000_000).describe("a number of cells");

const tile = z
  .object({
    overlap: z
      .int()
      .min(0)
      .max(100_000)
      .default(0)
      .describe("a number of cells that neighbouring tiles share"),
    blend: z
      .enum(["linear", "cut"])
      .default("linear")
      .describe(
        "linear (a mean of both where tiles overlap) or cut (each cell from the tile it lies deeper in)",
      ),
  })
  .catchall(cells)
  .describe("the size of a tile by axis of the model, such as { lat: 64, lon: 64, overlap: 8 }");

const milliseconds = z.int().min(1).max(3_600_000);

const execution = z
  .strictObject({
    ...modelProcessOptions,
    maxWaitMs: milliseconds
      .default(DEFAULT_MAX_WAIT_MS)
      .describe("a number of milliseconds; what would wait longer is refused before work starts"),
    stepTimeoutMs: milliseconds
      .default(DEFAULT_STEP_TIMEOUT_MS)
      .describe("a number of milliseconds after which a tile counts as hanging"),
    maxQueuedSamples: z
      .int()
      .min(1)
      .max(10_000)
      .default(64)
      .describe("a number of samples that may wait for their turn; past it 503"),
    maxSampleMiB: z
      .int()
      .min(1)
      .max(1_048_576)
      .default(2048)
      .describe("a number of MiB that one sample and its results may take in memory"),
  })
  .prefault({})
  .describe("on what the model runs, and how long requests wait for it");

/** One entry of `maps:`. */
export const mapOptions = z
  .strictObject({
    model: text.describe("a folder with model.yaml, or a yaml file whose files lie beside it or in weights"),
    weights: text.optional().describe("a folder with the files that the model names"),
    dataset: text.describe("the id of a dataset of this gateway, or of a view of one"),
    variables: z
      .record(z.string(), text)
      .optional()
      .describe(
        "a map of the model's names to the dataset's, for those that names and standard names do not match",
      ),
    along: text.default("time").describe("the dimension whose places are the samples"),
    tile: tile.optional(),
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
      .describe("the published chunk length by dimension; one sample without it"),
    title: text.optional().describe("a title, instead of the model's"),
    description: text.optional().describe("a description, instead of the model's"),
    attributes: z
      .record(z.string(), attributeValue)
      .optional()
      .describe("attributes laid over the model's own; null removes one"),
  })
  .describe("one map, at least { model: …, dataset: … }");

export type MapOptions = z.output<typeof mapOptions>;

const mapId = z
  .string()
  .regex(/^(?!.*\.zarr$)[A-Za-z0-9][A-Za-z0-9._-]*$/)
  .describe("a dataset id: letters, digits, . _ -, not ending in .zarr");

/** The key `maps` of the configuration. */
export const mapsKey = z
  .record(mapId, mapOptions)
  .default({})
  .describe("maps by id: models applied to every sample of a dataset");

/** What the plugin is given: paths are absolute. */
export const mapsOptions = z.strictObject({
  maps: mapsKey,
  /** A folder that keeps hashes of model files, which may have gigabytes; in memory where absent. */
  cacheFolder: text.optional(),
  /** Of the program, for the attributes of datasets. */
  gatewayVersion: text.default("0"),
});
