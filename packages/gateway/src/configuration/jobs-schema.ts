import { DURATION_PATTERN, parseDuration, parseSize, SIZE_PATTERN } from "@zarr-gateway/primitives";
import { z } from "zod";
import { ownersKey } from "./owners-schema.ts";
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

const records = z
  .strictObject({
    keep: z
      .string()
      .regex(DURATION_PATTERN)
      .transform((text) => parseDuration(text) ?? 0)
      .prefault("30d")
      .describe(
        "a duration such as 30d: how long a job is known after its results have gone, with events and logs",
      ),
  })
  .prefault({})
  .describe("how long jobs are known");

const webhookEvents = z
  .array(z.enum(["started", "succeeded", "partially_succeeded", "failed", "cancelled", "ended"]))
  .min(1)
  .default(["ended"])
  .describe("a list of started, succeeded, partially_succeeded, failed, cancelled, and ended for any end");

const webhooks = z
  .strictObject({
    allow: z
      .array(z.url({ protocol: /^https?$/ }).describe("a URL such as https://hooks.example.org/"))
      .default([])
      .describe("a list of URL prefixes that requests may name as webhook"),
    allowPrivate: z
      .boolean()
      .default(false)
      .describe("true or false: whether hosts below them may be at private addresses"),
    secret: z
      .string()
      .min(16)
      .describe("a secret of 16 characters at least that signs each message, or whsec_ and base64"),
    endpoints: z
      .array(
        z
          .strictObject({
            url: z.url({ protocol: /^https?$/ }).describe("an http(s) URL"),
            events: webhookEvents,
          })
          .describe("a URL and the events that it is told of"),
      )
      .default([])
      .describe("a list of URLs that are told of every job"),
  })
  .optional()
  .describe("who may be told of jobs, with signed messages that are tried again");

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
    maxRunning: z
      .record(
        z.string().min(1),
        z
          .int()
          .min(1)
          .max(256)
          .describe("a number of steps from 1 to 256 of jobs of this name, in all processes"),
      )
      .default({})
      .describe(
        "steps that run at once by the name of a job, such as { ensemble_workflow: 1 }; others as many as there are workers",
      ),
    owners: ownersKey,
    results,
    records,
    objectStorage: objectStorageKey,
    catalogs: catalogsKey,
    webhooks,
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
    outputFormat: z
      .enum(["zarr", "netcdf4"])
      .default("zarr")
      .describe("zarr or netcdf4: what workflows write unless a request says otherwise"),
    compressor: z
      .enum(["zstd", "none"])
      .default("zstd")
      .describe("zstd or none, for results in Zarr; Earth2Studio itself has none"),
    shard: z
      .int()
      .min(1)
      .max(10_000)
      .default(1)
      .describe("a number of lead times that results in Zarr have in one file; a file shows when it is full"),
    timeLimit: z
      .string()
      .regex(DURATION_PATTERN)
      .transform((text) => parseDuration(text) ?? 0)
      .prefault("2h")
      .describe("a duration such as 2h of one run, unless the workflow says its own"),
    memory: z
      .string()
      .regex(SIZE_PATTERN)
      .transform((text) => parseSize(text) ?? 0)
      .prefault("4GiB")
      .describe("a size such as 4GiB of one process; past it the run fails"),
    allow: z
      .array(z.enum(["addons", "workers", "processes", "sqlite"]))
      .default([])
      .describe(
        "a list of addons, workers, processes and sqlite: what workflows may load and start; each reaches any file",
      ),
    readable: z
      .array(z.string().min(1))
      .default([])
      .describe(
        'a list of files and folders that workflows may read beside their own and what they import, ["*"] for all',
      ),
    writable: z
      .array(z.string().min(1))
      .default([])
      .describe(
        "a list of folders that workflows may write beside those of their results, such as caches of models",
      ),
    python: z
      .string()
      .min(1)
      .optional()
      .describe("the path of a Python interpreter, for files with workflows of Earth2Studio"),
  })
  .catchall(z.record(z.string(), z.unknown()).describe("the configuration of the workflow of this name"))
  .transform(
    ({
      directories,
      expose,
      outputFormat,
      compressor,
      shard,
      timeLimit,
      memory,
      allow,
      readable,
      writable,
      python,
      ...rest
    }) => ({
      ...{
        directories,
        expose,
        outputFormat,
        compressor,
        shard,
        timeLimit,
        memory,
        allow,
        readable,
        writable,
      },
      ...(python !== undefined && { python }),
      configurations: rest, // all other keys
    }),
  )
  .optional()
  .describe("long work that clients ask for by name, as jobs");
