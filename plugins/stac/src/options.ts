import { z } from "zod";

const text = z.string().min(1);

const provider = z
  .strictObject({
    name: text.describe("a name"),
    description: text.optional().describe("a sentence, CommonMark"),
    roles: z
      .array(z.enum(["licensor", "producer", "processor", "host"]))
      .min(1)
      .optional()
      .describe("a list of licensor, producer, processor and host"),
    url: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe("an http(s) URL"),
  })
  .describe("an organisation, at least { name: … }");

const link = z
  .strictObject({
    rel: text.describe("a relation such as about, license or via"),
    href: z.url({ protocol: /^https?$/ }).describe("an http(s) URL"),
    type: text.optional().describe("a media type"),
    title: text.optional().describe("a title"),
  })
  .describe("a link, at least { rel: …, href: … }");

const grouping = z
  .union([
    z.literal("folder"),
    z
      .strictObject({
        pattern: text
          .refine(isPattern)
          .describe(
            'a regular expression on dataset ids whose first group names the collection, such as "^([^.]+)"',
          ),
      })
      .describe("{ pattern: … }"),
    z
      .strictObject({ attribute: text.describe("the name of a global attribute") })
      .describe("{ attribute: … }"),
  ])
  .describe(
    "folder (the first part of the id), { pattern: … } or { attribute: … }: how datasets are grouped to collections; one collection of all without it",
  );

/** The key `catalog` of the configuration. */
export const catalogOptions = z
  .strictObject({
    id: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/)
      .default("zarr-gateway")
      .describe("an id: letters, digits, . _ -"),
    title: text.optional().describe("a title"),
    description: text.optional().describe("a description, CommonMark"),
    license: text.default("other").describe("an SPDX expression, or other: of datasets that name none"),
    keywords: z.array(text).default([]).describe("a list of keywords"),
    providers: z.array(provider).default([]).describe("a list of organisations behind all datasets"),
    links: z.array(link).default([]).describe("a list of links on every collection"),
    collections: grouping.optional(),
    source: z
      .enum(["public", "remote", "none"])
      .default("public")
      .describe(
        "public, remote or none: whose source items name; public: what everybody can read, remote: what lies in networks or needs an account too, never files of this machine and never keys",
      ),
  })
  .prefault({})
  .describe("texts of the catalogs");

export type CatalogOptions = z.output<typeof catalogOptions>;

function isPattern(source: string): boolean {
  try {
    new RegExp(source, "u");
    return true;
  } catch {
    return false;
  }
}
