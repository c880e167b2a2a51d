import { DURATION_PATTERN, parseDuration, parseSize, SIZE_PATTERN } from "@zarr-gateway/primitives";
import { z } from "zod";
import { catalogsKey, objectStorageKey } from "./publishing-schema.ts";

/*
 * Descriptions are noun phrases: they fill "expected …" in messages, the editor's hints and docs/configuration.md.
 */

const DATABASE_PATTERN = /^(sqlite:.+|postgres(ql)?:\/\/.+)$/;

const results = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .default("./results")
      .describe("a folder for what jobs write and say, shared by all machines that work on them"),
    keep: z
      .string()
      .regex(DURATION_PATTERN)
      .transform((text) => parseDuration(text) ?? 0)
      .prefault("24h")
      .describe("a duration such as 24h: how long results are kept after a job's end"),
    maxBytes: z
      .string()
      .regex(SIZE_PATTERN)
      .transform((text) => parseSize(text) ?? 0)
      .prefault("50GiB")
      .describe("a size such as 50GiB of the results of all jobs together"),
  })
  .prefault({})
  .describe("where results lie, how long and how many");

/** The key `jobs`: with it, or with `workflows`, the server runs jobs. */
export const jobsKey = z
  .strictObject({
    database: z
      .string()
      .regex(DATABASE_PATTERN)
      .default("sqlite:gateway.db")
      .describe("sqlite:PATH for one machine, or postgresql://user@host/name for many"),
    workers: z
      .int()
      .min(0)
      .max(256)
      .default(2)
      .describe("a number of steps from 0 to 256 that run at once; 0 leaves them to `zarr-gateway worker`"),
    queue: z
      .strictObject({
        maxSize: z
          .int()
          .min(1)
          .max(1_000_000)
          .default(20)
          .describe("a number of jobs of one kind that may wait; past it 429"),
      })
      .prefault({})
      .describe("how many may wait"),
    results,
    objectStorage: objectStorageKey,
    catalogs: catalogsKey,
  })
  .optional()
  .describe("durable jobs: where they are kept and who runs them; {} for all defaults");

/** The key `workflows`. */
export const workflowsKey = z
  .object({
    directories: z
      .array(z.string().min(1))
      .default([])
      .describe("a list of folders with files that export defineWorkflow(…)"),
    expose: z
      .array(z.string().min(1))
      .default(["*"])
      .describe('a list of names of workflows that can be asked for, ["*"] for all'),
  })
  .catchall(z.record(z.string(), z.unknown()).describe("the configuration of the workflow of this name"))
  .transform(({ directories, expose, ...configurations }) => ({
    directories,
    expose,
    configurations: configurations as Readonly<Record<string, Readonly<Record<string, unknown>>>>, // all other keys
  }))
  .optional()
  .describe("long work that clients ask for by name, as jobs");
