import { isIP } from "node:net";
import { forecastsKey } from "@zarr-gateway/plugin-forecasts/options";
import { mapsKey } from "@zarr-gateway/plugin-maps/options";
import { catalogOptions } from "@zarr-gateway/plugin-stac/options";
import { DURATION_PATTERN, parseDuration, parseSize, SIZE_PATTERN } from "@zarr-gateway/primitives";
import { z } from "zod";
import { credentialsByPrefix } from "./credentials.ts";
import { datasetSchema } from "./dataset-schema.ts";
import { jobsKey, workflowsKey } from "./jobs-schema.ts";

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
      datasetSchema,
    )
    .default({})
    .describe("datasets by id"),
  forecasts: forecastsKey,
  maps: mapsKey,
  jobs: jobsKey,
  workflows: workflowsKey,
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
export type ForecastConfiguration = Configuration["forecasts"][string];
export type FolderConfiguration = Configuration["folders"][number];

/** Keys of later versions: refused by name instead of being called unknown. `*` is any one name. */
export const LATER_KEYS: readonly string[] = [];

/** Formats of later versions, for the same reason. */
export const LATER_FORMATS: readonly string[] = ["geotiff", "grib"];

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
