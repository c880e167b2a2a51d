import { readFile } from "node:fs/promises";
import { createChunkCoder } from "@zarr-gateway/codecs";
import {
  type JobResults,
  JobResultsService,
  type Jobs,
  JobsService,
  type ResultPublishing,
  ResultPublishingService,
  type StepDefinition,
} from "@zarr-gateway/jobs";
import { type DatasetProvider, definePlugin, type Host, provide } from "@zarr-gateway/plugin";
import { OpenFiles, RemoteConnections } from "@zarr-gateway/stores";
import { catalogHeaders } from "./catalog/catalog-headers.ts";
import { catalogStep } from "./catalog/catalog-step.ts";
import { catalogUrl } from "./catalog/catalog-url.ts";
import { WaitingReads } from "./datasets/awaited-store.ts";
import { GoneJobs } from "./datasets/gone-jobs.ts";
import { ListedResults } from "./datasets/listed-results.ts";
import { resultsProvider } from "./datasets/provider.ts";
import { AttemptFiles } from "./files/attempt-files.ts";
import { jobResults } from "./job-results.ts";
import { Removals } from "./lifetime/removals.ts";
import { removeResults } from "./lifetime/remove-results.ts";
import { ResultSweeper } from "./lifetime/result-sweeper.ts";
import { manifestStep } from "./manifest/manifest-step.ts";
import { type ResultsOptions, resultsOptions } from "./options.ts";
import { resultPublishing } from "./publishing.ts";
import { resultMetrics } from "./result-metrics.ts";
import { azureTokens } from "./storage/azure-tokens.ts";
import { type CloudFrontSigner, cloudFrontSigner } from "./storage/cloudfront.ts";
import { knownCredentials } from "./storage/known-credentials.ts";
import { PrefixTokens, sharedSecret } from "./storage/prefix-token.ts";
import type { RemoteStores } from "./storage/remote-copies.ts";
import { signedRoutes } from "./storage/signed-routes.ts";
import { allowedPlaces } from "./storage/storage-target.ts";
import { storeStep } from "./storage/store-step.ts";
import { storedAccess } from "./storage/stored-access.ts";

export { resultsOptions } from "./options.ts";

/** Chunks waited for at once, of all datasets that are being written. */
const MAX_WAITING = 256;
const WAIT_MS = 5000;
const LISTED_JOBS = 500;
const LIST_KEEP_MS = 3000;
/** Of one part of an upload, and of silence. */
const REMOTE_TIMEOUT_MS = 120_000;
/** A folder without a record: what was removed is removed at once, so this is only for what a crash left. */
const MIN_ORPHAN_MS = 86_400_000;

/** What jobs leave behind: manifests, files, archives, datasets, copies in object stores, entries of catalogs. */
export default definePlugin({
  name: "results",
  version: "0.1.0",
  prefix: "",
  options: resultsOptions,
  requires: [JobsService],
  provides: [JobResultsService, ResultPublishingService],
  async setup(host, options) {
    const { engine, folders } = host.use(JobsService);
    const openFiles = new OpenFiles();
    const connections = new RemoteConnections({ timeoutMs: REMOTE_TIMEOUT_MS });
    const stores = { credentials: knownCredentials(options.credentials), connections };
    const parts: Parts = {
      host,
      options,
      engine,
      folders,
      openFiles,
      stores,
      files: new AttemptFiles(openFiles),
      gone: new GoneJobs(),
    };
    const tokens = new PrefixTokens(await sharedSecret(folders.root));
    const removals = new Removals();
    removals.onRemoval((job) => parts.gone.add(job));
    const remove = (job: string): Promise<void> => {
      removals.tell(job);
      return removeResults(folders, job, stores);
    };
    const sweeper = new ResultSweeper({
      engine,
      folders,
      remove,
      maxBytes: options.maxBytes,
      orphanMs: Math.max(options.keep, MIN_ORPHAN_MS),
      log: host.log,
    });
    removals.onRemoval((job) => sweeper.forget(job));
    for (const step of publishingSteps(parts)) engine.defineStep(step);
    const { publicUrl } = options;
    const stored = storedAccess({
      tokens,
      cloudFront: await readCloudFront(options),
      publicUrl,
      now: Date.now,
      linkLifetimeMs: options.objectStorage.linkLifetime,
    });
    const results = jobResults({
      folders,
      files: parts.files,
      stored,
      removals,
      cache: host.cache,
      remove: (job) => remove(job.id),
    });
    const { provider, listed } = datasetsOf(parts);
    return {
      providers: [provider],
      services: [
        provide(JobResultsService, {
          ...results,
          datasets: (job) => listed.idsOf(job),
          isGone: (job) => parts.gone.has(job),
        } satisfies JobResults),
        provide(
          ResultPublishingService,
          publishingOf(parts, () => sweeper.assertRoom()),
        ),
      ],
      routes: signedRoutes({ engine, results, tokens, stores, now: Date.now }),
      metrics: resultMetrics(sweeper),
      started: () => sweeper.start(),
      async close() {
        await sweeper.close();
        await openFiles.close();
        await connections.close();
      },
    };
  },
});

/** What everything here is made of. */
interface Parts extends Pick<Jobs, "engine" | "folders"> {
  readonly host: Host;
  readonly options: ResultsOptions;
  readonly openFiles: OpenFiles;
  readonly files: AttemptFiles;
  readonly stores: RemoteStores;
  readonly gone: GoneJobs;
}

function publishingSteps({ host, options, engine, folders, files, stores }: Parts): StepDefinition[] {
  const { objectStorage, catalogs, maxFiles, publicUrl } = options;
  const token = objectStorage.azureTokens ? { token: azureTokens(stores, objectStorage.linkLifetime) } : {};
  return [
    manifestStep({ folders, maxFiles, now: Date.now }),
    storeStep({ engine, folders, files, stores, allow: allowedPlaces(objectStorage), ...token }),
    catalogStep({
      engine,
      open: (id, call) => host.datasets.open(id, call),
      allow: catalogs.allow.map(catalogUrl),
      templates: catalogs.templates,
      headers: catalogHeaders(stores.credentials),
      publicUrl,
    }),
  ];
}

function publishingOf(
  { options }: Pick<Parts, "options">,
  assertRoom: () => Promise<void>,
): ResultPublishing {
  const { objectStorage, catalogs } = options;
  return resultPublishing({
    allowTargets: allowedPlaces(objectStorage),
    defaultTarget: objectStorage.default ?? undefined,
    allowCatalogs: catalogs.allow.map(catalogUrl),
    templates: catalogs.templates,
    assertRoom,
  });
}

function datasetsOf({ host, engine, folders, files, openFiles, gone }: Parts): {
  readonly provider: DatasetProvider;
  readonly listed: ListedResults;
} {
  const { pool } = host;
  const coder = createChunkCoder({ pool });
  const waiting = new WaitingReads(MAX_WAITING);
  const context = { engine, folders, files, openFiles, coder, pool, waiting, waitMs: WAIT_MS, gone };
  const listed = new ListedResults({ engine, context, maxJobs: LISTED_JOBS, keepMs: LIST_KEEP_MS });
  return { provider: resultsProvider(context, listed), listed };
}

async function readCloudFront({ objectStorage }: ResultsOptions): Promise<CloudFrontSigner | undefined> {
  const { cloudFront } = objectStorage;
  if (cloudFront === undefined) return undefined;
  const { domain, keyPairId, privateKey } = cloudFront;
  // a path, or the key itself where it comes from a variable
  const pem = privateKey.includes("-----BEGIN") ? privateKey : await readFile(privateKey, "utf8");
  return cloudFrontSigner(domain, keyPairId, pem);
}
