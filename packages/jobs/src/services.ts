import type { JobEngine } from "./job-engine.ts";
import type { JobFolders } from "./job-folders.ts";
import type { JobLogs } from "./job-logs.ts";
import type { JobResults } from "./job-results.ts";
import type { ResultPublishing } from "./result-publishing.ts";

/** Structurally the `Service` of plugins, which this package need not know. */
interface JobService<T> {
  readonly id: string;
  readonly type?: (value: T) => T;
}

/** What the plugin `jobs` offers: others define jobs and steps in their `setup`, and submit afterwards. */
export interface Jobs {
  readonly engine: JobEngine;
  readonly folders: JobFolders;
  readonly logs: JobLogs;
  /** Absent where nobody says who asks. */
  readonly owners?: JobOwners;
}

/** How the owner of a job is known. */
export interface JobOwners {
  /** In which a trusted proxy names who asks. */
  readonly header: string;
  /** Steps of one owner that run at once, in all processes together. */
  readonly maxRunning?: number;
}
export const JobsService: JobService<Jobs> = { id: "jobs" };
export const JobResultsService: JobService<JobResults> = { id: "jobs.results" };
export const ResultPublishingService: JobService<ResultPublishing> = { id: "jobs.results.publishing" };
