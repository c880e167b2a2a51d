import { z } from "zod";

const HOUR_MS = 3_600_000;
const GIB = 2 ** 30;

/** What the plugin is given: the key `workflows` of the configuration, with absolute paths, and what it needs of others. */
export const workflowsOptions = z.strictObject({
  directories: z.array(z.string().min(1)).default([]),
  expose: z.array(z.string().min(1)).default(["*"]),
  /** By the name of a workflow. */
  configurations: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  /** For processes that run workflows and need the same datasets. */
  configurationFile: z.string().min(1).optional(),
  gatewayVersion: z.string().min(1).default("0"),
  /** Unless the request or the workflow says otherwise. */
  outputFormat: z.enum(["zarr", "netcdf4"]).default("zarr"),
  compressor: z.enum(["zstd", "none"]).default("zstd"),
  /** Lead times in one file. */
  shard: z.int().min(1).max(10_000).default(1),
  /** Milliseconds of one run. */
  timeLimit: z
    .int()
    .min(1)
    .default(2 * HOUR_MS),
  /** Bytes of one process. */
  memory: z
    .int()
    .min(1)
    .default(4 * GIB),
  /** Bytes of the results of one run. */
  maxResultBytes: z
    .int()
    .min(1)
    .default(50 * GIB),
  /** What workflows may do beside reading what they are made of and writing results. */
  allow: z.array(z.enum(["addons", "workers", "processes", "sqlite"])).default([]),
  /** Files and folders that they may read besides, `*` for all. */
  readable: z.array(z.string().min(1)).default([]),
  /** Folders that they may write besides. */
  writable: z.array(z.string().min(1)).default([]),
  /** Path of an interpreter, for files in Python. */
  python: z.string().min(1).optional(),
  /** Ids of the forecasts of the configuration. */
  forecasts: z.array(z.string()).default([]),
  /** Runs at once, at most; as many processes are kept between runs. */
  workers: z.int().min(0).default(2),
  /** URL of a module that makes packages of this project known to files outside of it. */
  moduleHooks: z.string().min(1).optional(),
});

export type WorkflowsOptions = z.output<typeof workflowsOptions>;
