import { z } from "zod";

/** What the plugin is given: parts of the key `jobs` of the configuration. */
export const resultsOptions = z.strictObject({
  /** Of the results of all jobs together. */
  maxBytes: z.int().min(1),
  /** Files of one result. */
  maxFiles: z.int().min(1).default(1_000_000),
});

export type ResultsOptions = z.output<typeof resultsOptions>;
