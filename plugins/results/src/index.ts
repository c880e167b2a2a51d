import { readFile } from "node:fs/promises";
import { createChunkCoder } from "@zarr-gateway/codecs";
import { JobResultsService, JobsService, ResultPublishingService } from "@zarr-gateway/jobs";
import { definePlugin, provide } from "@zarr-gateway/plugin";
import { OpenFiles, RemoteConnections } from "@zarr-gateway/stores";
import { catalogHeaders } from "./catalog/catalog-headers.ts";
import { catalogStep } from "./catalog/catalog-step.ts";
import { WaitingReads } from "./datasets/awaited-store.ts";
import { ListedResults } from "./datasets/listed-results.ts";
import { resultsProvider } from "./datasets/provider.ts";
import { AttemptFiles } from "./files/attempt-files.ts";
import { jobResults } from "./job-results.ts";
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
import { signedRoutes } from "./storage/signed-routes.ts";
import { parseAllowed } from "./storage/storage-target.ts";
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
    const files = new AttemptFiles(openFiles);
    const connections = new RemoteConnections({ timeoutMs: REMOTE_TIMEOUT_MS });
    const stores = { credentials: knownCredentials(options.credentials), connections };
    const tokens = new PrefixTokens(await sharedSecret(folders.root));
    const cloudFront = await readCloudFront(options);
    const allowTargets = options.objectStorage.allow.map(parseAllowed);
    const allowCatalogs = options.catalogs.allow.map((text) => new URL(text));
    const { publicUrl } = options;
    const { templates } = options.catalogs;
    const remove = (job: string): Promise<void> => removeResults(folders, job, stores);
    const sweeper = new ResultSweeper({
      engine,
      folders,
      maxBytes: options.maxBytes,
      orphanMs: Math.max(options.keep, MIN_ORPHAN_MS),
      remove,
      log: host.log,
    });
    engine.defineStep(manifestStep({ folders, maxFiles: options.maxFiles, now: Date.now }));
    engine.defineStep(
      storeStep({
        engine,
        folders,
        files,
        stores,
        allow: allowTargets,
        ...(options.objectStorage.azureTokens && { token: azureTokens(stores) }),
      }),
    );
    engine.defineStep(
      catalogStep({
        engine,
        open: (id, call) => host.datasets.open(id, call),
        allow: allowCatalogs,
        templates,
        headers: catalogHeaders(stores.credentials),
        publicUrl,
      }),
    );
    const stored = storedAccess({ tokens, cloudFront, publicUrl, now: Date.now });
    const results = jobResults({ folders, files, stored, remove: (job) => remove(job.id) });
    const context = {
      engine,
      folders,
      files,
      openFiles,
      coder: createChunkCoder({ pool: host.pool }),
      pool: host.pool,
      waiting: new WaitingReads(MAX_WAITING),
      waitMs: WAIT_MS,
    };
    const listed = new ListedResults({ engine, context, maxJobs: LISTED_JOBS, keepMs: LIST_KEEP_MS });
    const publishing = resultPublishing({
      allowTargets,
      defaultTarget: options.objectStorage.default ?? undefined,
      allowCatalogs,
      templates,
      assertRoom: () => sweeper.assertRoom(),
    });
    return {
      providers: [resultsProvider(context, listed)],
      services: [provide(JobResultsService, results), provide(ResultPublishingService, publishing)],
      routes: signedRoutes({ engine, results, tokens, stores, now: Date.now }),
      metrics: resultMetrics(sweeper),
      started: () => sweeper.start(),
      async close() {
        sweeper.close();
        await openFiles.close();
        await connections.close();
      },
    };
  },
});

async function readCloudFront({ objectStorage }: ResultsOptions): Promise<CloudFrontSigner | undefined> {
  const { cloudFront } = objectStorage;
  if (cloudFront === undefined) return undefined;
  const { domain, keyPairId, privateKey } = cloudFront;
  return cloudFrontSigner(domain, keyPairId, await readFile(privateKey, "utf8"));
}
