import type { JobRecord, JobState, StepRecord, StepState, TaskRecord, TaskState } from "../record.ts";

const ENDED_STEPS: ReadonlySet<StepState> = new Set(["succeeded", "failed", "skipped", "cancelled"]);
const ENDED_JOBS: ReadonlySet<JobState> = new Set([
  "succeeded",
  "partially_succeeded",
  "failed",
  "cancelled",
  "expired",
]);

export function isStepEnded(step: StepRecord): boolean {
  return ENDED_STEPS.has(step.state);
}

export function isJobEnded(state: JobState): boolean {
  return ENDED_JOBS.has(state);
}

/** A task's state, a function of its steps alone. */
export function taskState(task: TaskRecord): TaskState {
  if (!task.steps.every(isStepEnded)) return task.steps.some(isTouched) ? "running" : "queued";
  if (task.steps.some((step) => step.state === "failed" && !step.optional)) return "failed";
  return task.steps.some((step) => step.state === "cancelled") ? "cancelled" : "succeeded";
}

/** A job's state, a function of its tasks, of the wish to cancel and of its expiry. */
export function jobState(job: JobRecord): JobState {
  if (job.expiredAt !== undefined) return "expired";
  const states = job.tasks.map(taskState);
  if (states.some((state) => state === "queued" || state === "running")) {
    if (job.cancelRequestedAt !== undefined) return "cancelling";
    return liveState(job);
  }
  if (states.includes("cancelled")) return "cancelled";
  if (states.every((state) => state === "succeeded")) return "succeeded";
  return states.includes("succeeded") ? "partially_succeeded" : "failed";
}

/** What a job that goes on is at: working before publishing before planning, when several are. */
function liveState(job: JobRecord): JobState {
  const steps = job.tasks.flatMap((task) => task.steps);
  if (!steps.some(isTouched)) return "queued";
  const open = steps.filter((step) => !isStepEnded(step) && step.state !== "waiting");
  if (open.some((step) => step.phase === "running")) return "running";
  if (open.some((step) => step.phase === "publishing")) return "publishing";
  return "planning";
}

function isTouched(step: StepRecord): boolean {
  return step.fence > 0;
}
