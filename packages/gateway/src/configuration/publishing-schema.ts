import { DURATION_PATTERN, parseDuration } from "@zarr-gateway/primitives";
import { z } from "zod";

/*
 * Descriptions are noun phrases, as in schema.ts.
 */

const STORE = /^(?:s3|gs|az|abfss?):\/\/[^?#]+$|^https:\/\/[^/?#@:]+\.blob\.core\.windows\.net\/[^?#]*$/;

const cloudFront = z
  .strictObject({
    domain: z
      .string()
      .regex(/^https:\/\/[^/?#]+\/?$/)
      .describe("the https address of a distribution that serves the root of the bucket"),
    keyPairId: z.string().min(1).describe("the id of a public key that the distribution trusts"),
    privateKey: z.string().min(1).describe("the path of the private RSA key as PEM, or its text"),
  })
  .describe("what signs links to results in S3: { domain: …, keyPairId: …, privateKey: … }");

/** The key `jobs.objectStorage`. */
export const objectStorageKey = z
  .strictObject({
    allow: z
      .array(
        z
          .string()
          .regex(STORE)
          .describe("a place such as s3://bucket/folder/, or https://<account>.blob.core.windows.net/"),
      )
      .default([])
      .describe("a list of places where results may be stored, whoever asks for it"),
    default: z
      .string()
      .regex(STORE)
      .nullable()
      .default(null)
      .describe("a place such as s3://bucket/folder/ for the results of every job; null for none"),
    cloudFront: cloudFront.optional(),
    azureTokens: z
      .boolean()
      .default(false)
      .describe("true for links that Azure signs; each opens the whole container until it ends"),
    linkLifetime: z
      .string()
      .regex(DURATION_PATTERN)
      .transform((text) => parseDuration(text) ?? 0)
      .optional()
      .describe(
        "a duration such as 1h that signed links hold at most; as long as the results where it is absent",
      ),
  })
  .prefault({})
  .describe("where results are copied to, with the credentials of sources.credentials");

const json = z.record(z.string(), z.json());

const template = z
  .strictObject({
    kind: z
      .enum(["geocatalog", "stac"])
      .optional()
      .describe("geocatalog (Planetary Computer Pro) or stac (Transaction API); by the address unless told"),
    collectionId: z
      .string()
      .min(1)
      .optional()
      .describe("the id of a collection where a request names none; {uuid} makes one for each job"),
    collection: json.default({}).describe("a map that is laid over the STAC collection"),
    item: json.default({}).describe("a map that is laid over the STAC item"),
    tileSettings: json.optional().describe("the tile settings of a GeoCatalog's collection"),
    renders: z.array(json).default([]).describe("a list of render options of a GeoCatalog's collection"),
  })
  .describe("how results are entered, such as { collectionId: forecasts }");

/** The key `jobs.catalogs`. */
export const catalogsKey = z
  .strictObject({
    allow: z
      .array(z.url({ protocol: /^https?$/ }).describe("an address such as https://geocatalog.example.org/"))
      .default([])
      .describe("a list of catalogs that results may be entered into, whoever asks for it"),
    templates: z.record(z.string(), template).default({}).describe("templates by the name of a workflow"),
  })
  .prefault({})
  .describe("catalogs that results are entered into");
