import { type JobRecord, type JobState, jobState } from "@zarr-gateway/jobs";

/** The states that Earth2Studio knows. Its client raises ValueError on `expired`. */
export type ExecutionStatus =
  | "queued"
  | "running"
  | "pending_results"
  | "completed"
  | "failed"
  | "cancelled"
  | "expired";

const STATUSES: Readonly<Record<JobState, ExecutionStatus>> = {
  queued: "queued",
  planning: "queued",
  running: "running",
  publishing: "pending_results",
  succeeded: "completed",
  partially_succeeded: "completed",
  failed: "failed",
  cancelling: "running",
  cancelled: "cancelled",
  expired: "expired",
};

/** A job's state in Earth2Studio's words. */
export function executionStatus(job: JobRecord): ExecutionStatus {
  return STATUSES[jobState(job)];
}

/** The same without `expired`: how the job ended, whether its results are still there or not. */
export function endedStatus(job: JobRecord): ExecutionStatus {
  return job.expiredAt === undefined
    ? executionStatus(job)
    : executionStatus({ ...job, expiredAt: undefined });
}
