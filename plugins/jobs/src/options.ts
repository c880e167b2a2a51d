import { z } from "zod";
import { webhookSchema } from "./webhooks/webhook-rules.ts";

/** What the plugin is given: the key `jobs` of the configuration with absolute paths, and where it runs. */
export const jobsOptions = z.strictObject({
  /** `sqlite:/absolute/path` or `postgresql://…`. */
  database: z.string().min(1),
  /** Steps that run at once in all processes of this server together; 0: other processes run them. */
  workers: z.int().min(0).max(256).default(2),
  queue: z.strictObject({ maxSize: z.int().min(1).default(20) }).prefault({}),
  results: z.strictObject({
    path: z.string().min(1),
    /** Milliseconds after the end of a job. */
    keep: z.int().min(1).default(86_400_000),
    maxBytes: z.int().min(1),
  }),
  /** Steps that run at once of the jobs of one definition, in all processes. */
  maxRunning: z.record(z.string(), z.int().min(1)).default({}),
  records: z
    .strictObject({
      /** Milliseconds after the results of a job expired. */
      keep: z
        .int()
        .min(0)
        .default(30 * 86_400_000),
    })
    .prefault({}),
  owners: z.strictObject({ header: z.string().min(1), maxRunning: z.int().min(1).optional() }).optional(),
  webhooks: z
    .strictObject({
      allow: z.array(z.url({ protocol: /^https?$/ })).default([]),
      allowPrivate: z.boolean().default(false),
      secret: z.string().min(16),
      endpoints: z.array(webhookSchema).default([]),
    })
    .optional(),
  /** Of messages to others: the server's own URL. */
  source: z.string().min(1).default("zarr-gateway"),
  /** Serving processes that share the workers. */
  processes: z.int().min(1).default(1),
});

export type JobsOptions = z.output<typeof jobsOptions>;
