import type { Dataset } from "@zarr-gateway/dataset";
import type { JobEngine, JobRecord, Json, StepContext, StepDefinition } from "@zarr-gateway/jobs";
import { type CallOptions, GatewayError } from "@zarr-gateway/primitives";
import { z } from "zod";
import { manifestOf } from "../job-results.ts";
import { CATALOG_STEP, STORE_STEP, stepNamed } from "../job-run.ts";
import { mediaTypeOf } from "../manifest/media-type.ts";
import { storeOutput } from "../storage/store-step.ts";
import { CatalogClient } from "./catalog-client.ts";
import { catalogId, collectionDocument, itemDocument } from "./catalog-documents.ts";
import { type CatalogTemplates, DEFAULT_TEMPLATE } from "./catalog-options.ts";
import { assertCatalogAllowed, catalogUrl, withSlash } from "./catalog-url.ts";
import { catalogValues } from "./catalog-values.ts";
import { collectionPath, type Entry, enterGeoCatalog, enterStacApi } from "./enter-result.ts";
import { fillTemplate } from "./fill-template.ts";

export interface CatalogStepOptions {
  readonly engine: Pick<JobEngine, "get">;
  /** The dataset of a job, as everybody reads it. */
  readonly open: (id: string, options: CallOptions) => Promise<Dataset>;
  readonly allow: readonly URL[];
  readonly templates: CatalogTemplates;
  /** Headers that prove who asks at one address. */
  readonly headers: (
    url: URL,
    kind: CatalogKind,
    options: CallOptions,
  ) => Promise<Readonly<Record<string, string>>>;
  /** Of this server, for results that are stored nowhere else. */
  readonly publicUrl: string | undefined;
  readonly pollMs?: number;
  readonly maxPollMs?: number;
}

export type CatalogKind = "geocatalog" | "stac";

const settingsSchema = z.object({
  url: z.string(),
  template: z.string(),
  collection: z.string().optional(),
  values: z.record(z.string(), z.json()).default({}),
});
type Settings = z.output<typeof settingsSchema>;

/** As Earth2Studio's server asks it. */
const API_VERSION = "2025-04-30-preview";
const POLL_MS = 5000;
const MAX_POLL_MS = 300_000;

/** Enters the result of a job into a catalog. */
export function catalogStep(options: CatalogStepOptions): StepDefinition {
  return {
    name: CATALOG_STEP,
    retry: { maxAttempts: 4, delayMs: 5000, maxDelayMs: 60_000 },
    run: (_input, settings, context) => enter(settingsSchema.parse(settings), context, options),
  };
}

async function enter(settings: Settings, context: StepContext, options: CatalogStepOptions): Promise<Json> {
  const { engine, open, templates, headers } = options;
  const base = catalogUrl(settings.url);
  // looked at again here: what is allowed may have changed since the job was taken
  assertCatalogAllowed(base, options.allow);
  const { signal } = context;
  const job = await engine.get(context.jobId);
  if (job === undefined) throw new GatewayError("not_found", `there is no job "${context.jobId}"`);
  const template = templates[settings.template] ?? DEFAULT_TEMPLATE;
  const kind =
    template.kind ?? (/\.geocatalog\.spatio\.azure\.com$/.test(base.hostname) ? "geocatalog" : "stac");
  const asset = assetOf(job, options.publicUrl);
  const known = await catalogValues({ job, dataset: await open(job.id, { signal }), ...asset }, { signal });
  const collection = catalogId(
    settings.collection ??
      fillTemplate(template.collectionId ?? "{workflow}", { ...settings.values, ...known }),
    "a collection",
  );
  const collectionUrl = new URL(collectionPath(kind, collection), new URL(withSlash(base.pathname), base))
    .href;
  const values = { ...settings.values, ...known, collection, collectionUrl };
  const item = itemDocument(template, values);
  const entry: Entry = {
    collectionId: collection,
    collection: collectionDocument(template, values),
    itemId: catalogId(item["id"], "an item"),
    item,
    renders: template.renders.map((one) => fillTemplate(one, values)),
    tileSettings: template.tileSettings,
  };
  const client = new CatalogClient({
    base,
    headers: (call) => headers(base, kind, call),
    ...(kind === "geocatalog" && { query: { "api-version": API_VERSION } }),
  });
  const { pollMs = POLL_MS, maxPollMs = MAX_POLL_MS } = options;
  const onStep = (sentence: string): void => {
    context.log(`${sentence}\n`);
    context.progress({ fraction: 0.5, message: sentence });
  };
  await (kind === "geocatalog" ? enterGeoCatalog : enterStacApi)(client, entry, {
    pollMs,
    maxPollMs,
    signal,
    onStep,
  });
  return { kind, url: base.href, collection, item: entry.itemId };
}

/** Where the catalog's users find the data: where they were stored, else here. */
function assetOf(
  job: JobRecord,
  publicUrl: string | undefined,
): { readonly href: string; readonly mediaType: string } {
  const datasets = manifestOf(job)?.datasets ?? [];
  const file = datasets.find((name) => /\.nc4?$/.test(name)) ?? datasets[0];
  if (file === undefined)
    throw new GatewayError("unprocessable", `the result of "${job.id}" holds no dataset`);
  const mediaType = file.endsWith(".zarr") ? "application/vnd.zarr" : mediaTypeOf(file);
  const stored = storeOutput.safeParse(stepNamed(job, STORE_STEP)?.output).data;
  if (stored?.blobUrl !== undefined) return { href: stored.blobUrl, mediaType };
  if (stored !== undefined) return { href: `${stored.remotePath}/${file}`, mediaType };
  if (publicUrl === undefined)
    throw new GatewayError(
      "invalid_request",
      "a catalog needs an address of the data: results are stored nowhere, and server.publicUrl is not set",
    );
  return { href: `${publicUrl}/datasets/${job.id}/zarr`, mediaType: "application/vnd.zarr" };
}
