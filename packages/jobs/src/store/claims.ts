import type { JobEvent } from "../event.ts";
import type { Claim, ClaimRequest } from "../job-store.ts";
import type { Candidate } from "../planner/choose-steps.ts";
import type { JobRecord } from "../record.ts";

/** The event by which a worker begins a step; `fence` is that of the attempt before. */
export function startEvent(
  chosen: Pick<Candidate, "task" | "step" | "fence">,
  request: Pick<ClaimRequest, "worker" | "now" | "leaseMs">,
): JobEvent {
  return {
    type: "step_started",
    task: chosen.task,
    step: chosen.step,
    fence: chosen.fence + 1,
    worker: request.worker,
    until: request.now + request.leaseMs,
    at: request.now,
  };
}

/** A row of the queries for the next steps. */
export function candidateOf(row: Readonly<Record<string, unknown>>): Candidate {
  return {
    jobId: String(row["job"]),
    task: String(row["task_key"]),
    step: String(row["name"]),
    fence: Number(row["fence"]),
    definition: String(row["definition"]),
    owner: String(row["owner"]),
  };
}

/** The step a name means, with what it belongs to. */
export function claimOf(job: JobRecord, taskKey: string, stepName: string): Claim | undefined {
  const task = job.tasks.find((one) => one.key === taskKey);
  const step = task?.steps.find((one) => one.name === stepName);
  return task === undefined || step === undefined ? undefined : { job, task, step };
}
