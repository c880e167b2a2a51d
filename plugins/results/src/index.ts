import { createChunkCoder } from "@zarr-gateway/codecs";
import { JobResultsService, JobsService } from "@zarr-gateway/jobs";
import { definePlugin, provide } from "@zarr-gateway/plugin";
import { OpenFiles } from "@zarr-gateway/stores";
import { WaitingReads } from "./datasets/awaited-store.ts";
import { ListedResults } from "./datasets/listed-results.ts";
import { resultsProvider } from "./datasets/provider.ts";
import { AttemptFiles } from "./files/attempt-files.ts";
import { jobResults } from "./job-results.ts";
import { removeFiles } from "./lifetime/remove-files.ts";
import { manifestStep } from "./manifest/manifest-step.ts";
import { resultsOptions } from "./options.ts";

export { resultsOptions } from "./options.ts";

/** Chunks waited for at once, of all datasets that are being written. */
const MAX_WAITING = 256;
const WAIT_MS = 5000;
const LISTED_JOBS = 500;
const LIST_KEEP_MS = 3000;

/** What jobs leave behind: manifests, files, archives, datasets. */
export default definePlugin({
  name: "results",
  version: "0.1.0",
  prefix: "",
  options: resultsOptions,
  requires: [JobsService],
  provides: [JobResultsService],
  setup(host, options) {
    const { engine, folders } = host.use(JobsService);
    const openFiles = new OpenFiles();
    const files = new AttemptFiles(openFiles);
    engine.defineStep(manifestStep({ folders, maxFiles: options.maxFiles, now: Date.now }));
    const results = jobResults({
      folders,
      files,
      stored: () => undefined,
      remove: (job) => removeFiles(folders, job.id),
    });
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
    return {
      providers: [resultsProvider(context, listed)],
      services: [provide(JobResultsService, results)],
      close: () => openFiles.close(),
    };
  },
});
