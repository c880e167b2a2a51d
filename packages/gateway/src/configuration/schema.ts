import { isIP } from "node:net";
import { catalogOptions } from "@zarr-gateway/plugin-stac/options";
import { DURATION_PATTERN, parseDuration } from "@zarr-gateway/primitives";
import { z } from "zod";
import { credentialsByPrefix } from "./credentials.ts";
import { parseSize, SIZE_PATTERN } from "./size.ts";

/*
 * Descriptions are noun phrases: they fill "expected …" in messages, the editor's hints and docs/configuration.md.
 */

const size = z
  .string()
  .regex(SIZE_PATTERN)
  .transform((text) => parseSize(text) ?? 0);
const duration = z
  .string()
  .regex(DURATION_PATTERN)
  .transform((text) => parseDuration(text) ?? 0);
/** The same as the datasets plugin has, which is not imported here: a wrong file is refused before any plugin is loaded. */
export const DATASET_ID_PATTERN = /^(?!.*\.zarr$)[A-Za-z0-9][A-Za-z0-9._-]*$/;

const tls = z
  .strictObject({
    cert: z.string().min(1).describe("the path of a PEM certificate chain"),
    key: z.string().min(1).describe("the path of a PEM private key"),
  })
  .describe("certificate and key; the server then speaks HTTPS, HTTP/2 and HTTP/1.1");

const server = z
  .strictObject({
    host: z
      .string()
      .min(1)
      .default("127.0.0.1")
      .describe("the address to listen on; 0.0.0.0 is every interface"),
    port: z.int().min(0).max(65535).default(9000).describe("a port from 0 to 65535; 0 takes a free one"),
    publicUrl: z
      .string()
      .refine(isHttpUrl)
      .optional()
      .describe("the http(s) URL that is the base of every link; without it, the request's own"),
    trustedProxies: z
      .array(z.string().refine(isAddressRange).describe("an address or range such as 10.0.0.0/8"))
      .default([])
      .describe("a list of proxies whose forwarded headers are believed"),
    processes: z
      .union([z.int().min(1).max(256), z.literal("auto")])
      .default(1)
      .describe('a number of processes from 1 to 256, or "auto" for one a core'),
    cors: z
      .strictObject({
        origins: z
          .array(z.string().min(1).describe('an origin such as https://example.org, or "*"'))
          .default(["*"])
          .describe('a list of origins that browsers may read from, ["*"] for all'),
      })
      .prefault({})
      .describe("who may read from a web page; never with credentials"),
    logLevel: z
      .enum(["debug", "info", "warn", "error", "silent"])
      .default("info")
      .describe("debug (every request), info (failures and slow answers), warn, error or silent"),
    tls: tls.optional(),
  })
  .prefault({})
  .describe("where and how to listen");

/** Below it hardly a chunk would fit beside the index. */
const MIN_DISK_BYTES = 16 * 1024 ** 2;

const cache = z
  .strictObject({
    memory: size.prefault("512MiB").describe("a size such as 512MiB; 0MiB keeps nothing"),
    disk: z
      .strictObject({
        path: z.string().min(1).describe("a folder of a local disk, made where there is none"),
        size: size
          .refine((bytes) => bytes >= MIN_DISK_BYTES)
          .describe("a size such as 10GiB, 16MiB at least, of all that is in the folder"),
      })
      .optional()
      .describe("a folder that keeps chunks across restarts, such as { path: .cache, size: 10GiB }"),
  })
  .prefault({})
  .describe("how much is kept");

const sources = z
  .strictObject({
    allow: z
      .array(z.string().min(1).describe("a folder, or a URL prefix that ends in /"))
      .optional()
      .describe("a list of what may be read; without it, the configured locations and what lies beside them"),
    credentials: credentialsByPrefix,
    checkEvery: duration
      .prefault("2s")
      .describe("a duration such as 2s: how often a source is checked for change"),
  })
  .prefault({})
  .describe("what locations may be read, and with which credentials");

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

const dataset = z
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

const folder = z
  .strictObject({
    path: z
      .string()
      .min(1)
      .describe("the path of a folder, or a bucket such as s3://bucket/folder/; may end in a glob"),
    match: z.string().min(1).optional().describe('a glob such as "**/*.{nc,zarr}"'),
    id: z.string().min(1).default("{path}").describe("an id template with {path} or {stem}"),
    watch: z
      .boolean()
      .default(true)
      .describe("true or false: whether new and removed files show, in buckets after a minute or more"),
  })
  .describe("one folder, at least { path: … }");

/** The whole configuration file; every key that is accepted works. */
export const configurationSchema = z.strictObject({
  server,
  cache,
  sources,
  datasets: z
    .record(
      z
        .string()
        .regex(DATASET_ID_PATTERN)
        .describe("a dataset id: letters, digits, . _ -, not ending in .zarr"),
      dataset,
    )
    .default({})
    .describe("datasets by id"),
  catalog: catalogOptions,
  folders: z.array(folder).default([]).describe("a list of folders whose datasets are all published"),
  plugins: z
    .record(
      z.string(),
      z.union([z.literal(false), z.record(z.string(), z.unknown())]).describe("a map of options, or false"),
    )
    .default({})
    .describe(
      "options by plugin: a built-in's name, a module path or a package name; false switches a built-in off",
    ),
});

export type Configuration = z.output<typeof configurationSchema>;
export type DatasetConfiguration = Configuration["datasets"][string];
export type FolderConfiguration = Configuration["folders"][number];

/** Keys of later versions: refused by name instead of being called unknown. `*` is any one name. */
export const LATER_KEYS: readonly string[] = ["forecasts", "maps", "jobs", "workflows"];

/** Formats of later versions, for the same reason. */
export const LATER_FORMATS: readonly string[] = ["geotiff", "grib"];

function isPattern(text: string): boolean {
  try {
    new RegExp(text, "u");
    return true;
  } catch {
    return false;
  }
}

function isHttpUrl(text: string): boolean {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.search === "" && url.hash === "";
}

function isAddressRange(text: string): boolean {
  const [address = "", bits, rest] = text.split("/");
  const version = isIP(address);
  if (version === 0 || rest !== undefined) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}
