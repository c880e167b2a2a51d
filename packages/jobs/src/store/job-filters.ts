import type { JobFilter } from "../job-store.ts";
import type { JobRecord } from "../record.ts";
import { isJobEnded, jobState } from "../reducer/job-state.ts";

/** Characters of the parameters that a search looks through. */
const SEARCHED_PARAMS = 4096;

/** What a search looks through, in small letters: id, definition and parameters. */
export function searchText(job: Pick<JobRecord, "id" | "definition" | "params">): string {
  const params = JSON.stringify(job.params).slice(0, SEARCHED_PARAMS);
  return `${job.id}\n${job.definition}\n${params}`.toLowerCase();
}

export function hasText(job: JobRecord, text: string | undefined): boolean {
  return text === undefined || searchText(job).includes(text.toLowerCase());
}

export function isInTime(job: JobRecord, { createdFrom, createdTo }: JobFilter): boolean {
  return job.createdAt >= (createdFrom ?? -Infinity) && job.createdAt <= (createdTo ?? Infinity);
}

export function isOverdue(job: JobRecord, now: number): boolean {
  if (job.deadlineAt === undefined || job.deadlineAt > now) return false;
  return job.cancelRequestedAt === undefined && !isJobEnded(jobState(job));
}
