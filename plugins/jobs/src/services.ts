import type { Service } from "@zarr-gateway/plugin";
import type { JobMetrics } from "./engine/job-metrics.ts";
import type { Webhooks } from "./webhooks/webhooks.ts";

/** What the front door needs of the engine's plugin beside the jobs themselves. */
export interface JobActivity {
  readonly metrics: JobMetrics;
  /** Steps that run in this process at once. */
  readonly concurrency: number;
  /** Steps that run in all serving processes at once. */
  readonly workers: number;
  /** Names of definitions that are limited, as the configuration writes them. */
  readonly limited: readonly string[];
  /** Places on the server's disk, which no answer names. */
  readonly places: readonly string[];
  /** Absent where the configuration lets nobody be told. */
  readonly webhooks: Webhooks | undefined;
  /** Aborted when the server stops. */
  readonly stopping: AbortSignal;
}

export const JobActivityService: Service<JobActivity> = { id: "jobs.activity" };
