import type { JobRecord } from "@zarr-gateway/jobs";
import { executionMetadata, executionParameters } from "./execution-metadata.ts";
import { type ExecutionStatus, endedStatus, executionStatus } from "./execution-status.ts";
import { progressDocument } from "./progress-document.ts";
import { failureOf, runFacts } from "./run-facts.ts";
import { formatTimestamp, timestampOrNull } from "./timestamp.ts";

export interface StatusFacts {
  readonly job: JobRecord;
  /** Jobs before it; undefined where it does not wait. */
  readonly position: number | undefined;
  readonly isStrict: boolean;
}

/**
 * The answer of the status route: always the ten keys of Earth2Studio, nulls included. What the client cannot read
 * (`expired`) is told as the end that came before it, unless strictness is wanted.
 */
export function statusText({ job, position, isStrict }: StatusFacts): string {
  const status = isStrict ? executionStatus(job) : endedStatus(job);
  const { startedAt, seconds } = runFacts(job);
  const isQueued = status === "queued";
  return withOneStatus({
    workflow_name: job.definition,
    execution_id: job.id,
    status,
    position: isQueued ? (position ?? null) : null,
    progress: progressDocument(job, isStrict),
    start_time: formatTimestamp(isQueued ? job.createdAt : (startedAt ?? job.createdAt)),
    end_time: timestampOrNull(job.endedAt),
    execution_time_seconds: seconds ?? null,
    error_message: errorMessage(job, status),
    metadata: isStrict ? strictMetadata(job) : executionMetadata(job),
    ...(isStrict ? {} : { created_at: formatTimestamp(job.createdAt) }),
  });
}

/** What a workflow says takes the place of what was there, as upstream has it. */
function strictMetadata(job: JobRecord): object {
  const { metadata } = runFacts(job);
  return Object.keys(metadata).length > 0 ? metadata : { parameters: executionParameters(job) };
}

function errorMessage(job: JobRecord, status: ExecutionStatus): string | null {
  if (status === "failed") return failureOf(job) ?? "the execution failed";
  if (status === "cancelled") return "the execution was cancelled";
  return null;
}

const STATUS_TEXT = '"status":"';

/**
 * Compact JSON in which scripts that search for `"status":"…"` find the execution's own alone: deeper ones, which users
 * may have among parameters and metadata, get a space. Such a text cannot stand within a string: quotes are escaped there.
 */
function withOneStatus(document: object): string {
  const [before = "", own = "", ...deeper] = JSON.stringify(document).split(STATUS_TEXT);
  return [`${before}${STATUS_TEXT}${own}`, ...deeper].join('"status": "');
}
