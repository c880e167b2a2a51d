import { homedir, tmpdir } from "node:os";
import { dirname } from "node:path";
import { createJobEngine, fileJobLogs, type Jobs, jobFolders } from "@zarr-gateway/jobs";
import type { Log } from "@zarr-gateway/plugin";
import type { JobsOptions } from "../options.ts";
import type { JobActivity } from "../services.ts";
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
export function openJobs(
  options: JobsOptions,
  { metrics, log }: { readonly metrics: JobMetrics; readonly log: Log },
): OpenedJobs {
  const { database, workers, processes, queue, results } = options;
  const store = observedStore(openStore(database), metrics);
  const folders = jobFolders(results.path);
  const logs = fileJobLogs(folders, {
    onError: (error) => log.error({ err: error }, "the log of a job cannot be written"),
  });
  const concurrency = workerShare(workers, processes, process.env);
  const engine = createJobEngine({
    store,
    logs,
    concurrency,
    maxQueued: queue.maxSize,
    retentionMs: results.keep,
  });
  const stopping = new AbortController();
  let closing: Promise<void> | undefined;
  const drain = (): void => {
    stopping.abort();
    closing ??= engine.close();
    closing.catch(() => undefined); // told by close
  };
  const places = [results.path, database.replace(/^sqlite:/, ""), process.cwd(), homedir(), tmpdir()];
  return {
    jobs: { engine, folders, logs },
    activity: {
      metrics,
      concurrency,
      workers,
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
