import { homedir, tmpdir } from "node:os";
import { dirname } from "node:path";
import {
  type ConcurrencyLimits,
  createJobEngine,
  fileJobLogs,
  type JobEngine,
  type JobOwners,
  type JobStore,
  type Jobs,
  jobFolders,
} from "@zarr-gateway/jobs";
import type { Log } from "@zarr-gateway/plugin";
import type { JobsOptions } from "../options.ts";
import type { JobActivity } from "../services.ts";
import { toldEngine } from "../webhooks/told-engine.ts";
import { Webhooks } from "../webhooks/webhooks.ts";
import type { JobMetrics } from "./job-metrics.ts";
import { observedStore } from "./observed-store.ts";
import { openStore } from "./open-store.ts";
import { workerShare } from "./worker-share.ts";

export interface OpenedJobs {
  readonly jobs: Jobs;
  readonly activity: JobActivity;
  /** Hands back what runs, for others to begin. */
  drain(): void;
  close(): Promise<void>;
}

/** Store, folders, logs and engine of a configuration. Nothing runs before the engine is started. */
export async function openJobs(
  options: JobsOptions,
  { metrics, log }: { readonly metrics: JobMetrics; readonly log: Log },
): Promise<OpenedJobs> {
  const { database, workers, processes, queue, results, records } = options;
  const owners = ownersOf(options);
  const store = await openStore(database, (error) =>
    log.warn(
      { err: error },
      "the log of the jobs database grows: it cannot be brought into the database now",
    ),
  );
  const folders = jobFolders(results.path);
  const logs = fileJobLogs(folders, {
    onError: (error) => log.error({ err: error }, "the log of a job cannot be written"),
  });
  const concurrency = workerShare(workers, processes, process.env);
  const onError = (error: unknown): void => log.warn({ err: error }, "a round of the job engine failed");
  const own = createJobEngine({
    store: observedStore(store, metrics),
    logs,
    concurrency,
    limits: limitsOf(options),
    maxQueued: queue.maxSize,
    retentionMs: results.keep,
    recordsMs: records.keep,
    onError,
  });
  const webhooks = openWebhooks(options, { engine: own, store, log });
  const engine = toldEngine(own, webhooks);
  const stopping = new AbortController();
  let closing: Promise<void> | undefined;
  const drain = (): void => {
    stopping.abort();
    closing ??= engine.close();
    closing.catch(() => undefined); // told by close
  };
  const places = [results.path, database.replace(/^sqlite:/, ""), process.cwd(), homedir(), tmpdir()];
  return {
    jobs: { engine, folders, logs, ...(owners && { owners }) },
    activity: {
      metrics,
      concurrency,
      workers,
      limited: Object.keys(options.maxRunning),
      webhooks,
      places: [...places, dirname(results.path)].filter((place) => place.length > 1),
      stopping: stopping.signal,
    },
    drain,
    close: async () => {
      drain();
      try {
        await closing;
      } finally {
        await logs.close();
        await store.close();
      }
    },
  };
}

/** A limit that nobody asked for costs a count of all that runs. */
function limitsOf({ maxRunning, owners }: JobsOptions): ConcurrencyLimits {
  return {
    ...(owners?.maxRunning !== undefined && { perOwner: owners.maxRunning }),
    ...(Object.keys(maxRunning).length > 0 && { perDefinition: maxRunning }),
  };
}

function ownersOf({ owners }: JobsOptions): JobOwners | undefined {
  if (owners === undefined) return undefined;
  const { header, maxRunning } = owners;
  return { header, ...(maxRunning !== undefined && { maxRunning }) };
}

/** Messages of all jobs that are sent at once. */
const MESSAGES = 8;

function openWebhooks(
  { webhooks, results, source }: JobsOptions,
  { engine, store, log }: { readonly engine: JobEngine; readonly store: JobStore; readonly log: Log },
): Webhooks | undefined {
  if (webhooks === undefined) return undefined;
  const { allow, allowPrivate, secret, endpoints } = webhooks;
  // The engine of the jobs looks after what others left behind, logs too.
  const messages = createJobEngine({ store, concurrency: MESSAGES, sweeps: false });
  const rules = { allow: [...allow, ...endpoints.map(({ url }) => url)], allowPrivate };
  const { latest } = store;
  return new Webhooks({
    engine,
    latest,
    messages,
    root: results.path,
    rules,
    secret,
    endpoints,
    source,
    log,
  });
}
