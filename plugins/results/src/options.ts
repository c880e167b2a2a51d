import { z } from "zod";
import { catalogTemplates } from "./catalog/catalog-options.ts";
import { catalogUrl } from "./catalog/catalog-url.ts";
import { parseAllowed, parseTarget } from "./storage/storage-target.ts";

/** A text that a function of ours understands, left as it is. */
function understood(parse: (text: string) => unknown) {
  return z.string().superRefine((text, context) => {
    try {
      parse(text);
    } catch (error) {
      context.addIssue({ code: "custom", message: error instanceof Error ? error.message : String(error) });
    }
  });
}

const cloudFront = z.strictObject({
  domain: z.string().regex(/^https:\/\/[^/?#]+\/?$/, "expected https://<distribution>"),
  keyPairId: z.string().min(1),
  /** Absolute path of a PEM file, or what such a file holds. */
  privateKey: z.string().min(1),
});

/** What the plugin is given: parts of the key `jobs` of the configuration, and what else it needs of the server. */
export const resultsOptions = z.strictObject({
  /** Of the results of all jobs together. */
  maxBytes: z.int().min(1),
  /** Milliseconds after the end of a job. */
  keep: z.int().min(1).default(86_400_000),
  /** Files of one result. */
  maxFiles: z.int().min(1).default(1_000_000),
  objectStorage: z
    .strictObject({
      allow: z.array(understood(parseAllowed)).default([]),
      default: understood(parseTarget).nullable().default(null),
      cloudFront: cloudFront.optional(),
      /** Links to a whole container of Azure, signed by Azure itself. */
      azureTokens: z.boolean().default(false),
      /** Milliseconds that a signed link holds at most; absent: as long as the results are kept. */
      linkLifetime: z.int().min(1000).optional(),
    })
    .prefault({}),
  catalogs: z
    .strictObject({
      allow: z.array(understood(catalogUrl)).default([]),
      templates: catalogTemplates.default({}),
    })
    .prefault({}),
  /** By prefix, as `sources.credentials` has them, where they were checked. */
  credentials: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
  /** Base of every link, without a slash at its end. */
  publicUrl: z.string().optional(),
});

export type ResultsOptions = z.output<typeof resultsOptions>;
