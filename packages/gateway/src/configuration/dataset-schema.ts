import { z } from "zod";

/*
 * The keys of one dataset. Descriptions are noun phrases, as in `schema.ts`.
 */

const attributes = z.record(z.string(), z.unknown());

const compressor = z
  .strictObject({
    name: z.enum(["zstd", "gzip", "blosc", "none"]).describe("zstd, gzip, blosc or none"),
    level: z
      .int()
      .min(-7)
      .max(22)
      .optional()
      .describe("a level: -7 to 22 for zstd, 0 to 9 for gzip and blosc"),
  })
  .describe("the compressor of chunks that are encoded anew, such as { name: zstd, level: 3 }");

const chunkLength = z
  .int()
  .min(-1)
  .refine((length) => length !== 0)
  .describe("a number of elements, or -1 for the whole dimension");
const chunks = z
  .record(z.string(), chunkLength)
  .describe("the published chunk length by dimension (-1: the whole dimension)");
const shards = z
  .record(z.string(), chunkLength)
  .describe(
    "the length of Zarr v3 shards by dimension, multiples of the chunks (-1: the whole dimension); v2 has the chunks alone",
  );
const keepBits = z
  .int()
  .min(0)
  .max(52)
  .describe("a number of mantissa bits from 0 to 52 (float16 has 10, float32 23, float64 52)");

const encoding = z
  .strictObject({
    chunks: chunks.optional(),
    shards: shards.optional(),
    round: keepBits.optional(),
    compressor: compressor
      .optional()
      .describe(
        "the compressor of this variable, such as { name: blosc, level: 5 }: stored chunks are then compressed anew",
      ),
  })
  .describe("the encoding of one variable: { chunks: …, shards: …, round: …, compressor: … }");

const location = z.string().min(1).describe("a file, a folder that is a store, a glob, or an http(s) URL");

const dimension = z.string().min(1);
const along = z
  .strictObject({
    along: dimension.describe("the name of a dimension along which the files follow each other"),
    overlap: z
      .enum(["first", "last"])
      .optional()
      .describe("first or last: whose values are taken where two files overlap; refused when absent"),
  })
  .describe("files that follow each other along a dimension they have: { along: time }");
const created = z
  .strictObject({
    new: dimension.describe("the name of a dimension that the files do not have"),
    values: z
      .union([
        z.array(z.union([z.string().min(1), z.number()])).min(1),
        z.strictObject({
          from: z.enum(["name", "path"]).describe("name (of the file) or path (below the folder or glob)"),
          pattern: z
            .string()
            .min(1)
            .refine(isPattern)
            .describe('a regular expression whose first group is the value, such as "_(r\\d+i\\d+p\\d+)_"'),
        }),
      ])
      .optional()
      .describe(
        "a list with one value for each location, or { from: name, pattern: … }; without it, the scalar of that name in each file",
      ),
  })
  .describe(
    "a new dimension of which each file, or each group of some, is one position: { new: member, values: … }",
  );
const combine = z
  .union([along, created, z.array(z.union([along, created])).min(1)])
  .describe(
    "{ along: time }, { new: member, values: … }, or a list of them from the outermost dimension inwards; without it, files with different variables are merged",
  );

/** One entry of `datasets:`. */
export const datasetSchema = z
  .strictObject({
    location: z
      .union([location, z.array(location).min(1)])
      .describe("a file, a folder that is a store, or an http(s) URL; a glob or a list of them is combined"),
    format: z
      .enum(["zarr", "netcdf", "kerchunk", "icechunk"])
      .optional()
      .describe("zarr, netcdf, kerchunk or icechunk; found out when absent"),
    branch: z
      .string()
      .min(1)
      .optional()
      .describe("a branch of an Icechunk repository, whose new commits are followed; main without any pin"),
    tag: z.string().min(1).optional().describe("a tag of an Icechunk repository"),
    snapshot: z.string().min(1).optional().describe("the id of a snapshot of an Icechunk repository"),
    group: z.string().min(1).optional().describe("the path of the group to publish, such as /forecast"),
    variables: z
      .union([
        z.array(z.string().min(1)),
        z.strictObject({
          drop: z.array(z.string().min(1)).optional().describe("a list of variable names to leave out"),
          rename: z
            .record(z.string(), z.string().min(1))
            .optional()
            .describe("a map of old to new variable names"),
        }),
      ])
      .optional()
      .describe("a list of the variables to publish, or { drop: […], rename: {old: new} }"),
    chunks: chunks.optional(),
    shards: shards.optional(),
    round: z
      .union([keepBits, z.record(z.string(), keepBits)])
      .optional()
      .describe(
        "the mantissa bits that floating-point data keep (BitRound): a number for all but coordinates, or a map by variable",
      ),
    compressor: compressor.optional(),
    encoding: z
      .record(z.string(), encoding)
      .optional()
      .describe("encodings by variable, which come before chunks, shards and round of all"),
    combine: combine.optional(),
    attributes: attributes.optional().describe("attributes laid over the file's own; null removes one"),
  })
  .describe("one dataset, at least { location: … }");

function isPattern(text: string): boolean {
  try {
    new RegExp(text, "u");
    return true;
  } catch {
    return false;
  }
}
