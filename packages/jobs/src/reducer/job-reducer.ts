import type { JobEvent, StepAttempt } from "../event.ts";
import type { JobRecord, Lease, StepError, StepRecord, TaskRecord } from "../record.ts";
import { isJobEnded, jobState } from "./job-state.ts";
import { endedAttempt, settledSteps, startedAttempt } from "./step-transitions.ts";

/**
 * The only place where a job changes. An event that does not fit (a late result, an end after the end) gives back
 * the very same record: it is refused, and must not be kept.
 */
export function reduceJob(job: JobRecord, event: JobEvent): JobRecord {
  const changed = applied(job, event);
  if (changed === job) return job;
  const ended = isJobEnded(jobState(changed));
  if (ended === (changed.endedAt !== undefined)) return changed;
  return { ...changed, endedAt: ended ? event.at : undefined };
}

export interface Advanced {
  readonly job: JobRecord;
  /** To be kept. */
  readonly events: readonly JobEvent[];
}

/** Lets events happen up to the first that is refused: what comes behind it rests on it. */
export function advanceJobBy(
  before: JobRecord,
  wanted: readonly JobEvent[],
): Advanced & { readonly applied: boolean } {
  let job = before;
  const events: JobEvent[] = [];
  for (const event of wanted) {
    const advanced = advanceJob(job, event);
    if (advanced.job === job) return { job, events, applied: false };
    job = advanced.job;
    events.push(...advanced.events);
  }
  return { job, events, applied: true };
}

/** The events to keep for one event, what follows from it included; none when it is refused. */
export function advanceJob(job: JobRecord, event: JobEvent): Advanced {
  const changed = reduceJob(job, event);
  if (changed === job) return { job, events: [] };
  const events: JobEvent[] = event.type === "lease_renewed" ? [] : [event];
  const state = jobState(changed);
  if (state !== jobState(job)) events.push({ type: "job_state_changed", state, at: event.at });
  return { job: changed, events };
}

function applied(job: JobRecord, event: JobEvent): JobRecord {
  switch (event.type) {
    case "job_submitted":
    case "job_state_changed":
      return job;
    case "job_cancelled":
      return cancelledJob(job, event);
    case "job_expired":
      if (!isJobEnded(jobState(job)) || job.expiredAt !== undefined) return job;
      return { ...job, expiredAt: event.at };
    case "step_started":
      return withStep(job, event, (step) =>
        step.state === "ready" && step.fence + 1 === event.fence && isDue(step, event.at)
          ? startedAttempt(step, event)
          : step,
      );
    case "step_requeued":
      return requeued(job, event);
    default:
      return withStep(job, event, (step) => ofRunning(step, job, event));
  }
}

function isHeld(lease: Lease, event: Extract<JobEvent, { type: "step_failed" }>): boolean {
  return event.leaseUntil === undefined ? lease.until > event.at : lease.until !== event.leaseUntil;
}

/** A back-off that is longer than any that was asked for is the work of a clock that was set back. */
export function isDue(step: StepRecord, at: number): boolean {
  return step.notBefore <= at || step.notBefore - at > step.retry.maxDelayMs;
}

type RunningEvent = JobEvent &
  StepAttempt & {
    type:
      | "step_progressed"
      | "lease_renewed"
      | "step_succeeded"
      | "step_failed"
      | "step_cancelled"
      | "step_handed_back";
  };

/** The fence: only the attempt that holds the step changes it. */
function ofRunning(step: StepRecord, job: JobRecord, event: RunningEvent): StepRecord {
  if (step.state !== "running" || step.lease === undefined || step.fence !== event.fence) return step;
  switch (event.type) {
    case "step_progressed": {
      const { type: _type, at: _at, task: _task, step: _step, fence: _fence, ...progress } = event;
      return { ...step, progress };
    }
    case "lease_renewed":
      return { ...step, lease: { ...step.lease, until: event.until } };
    case "step_succeeded":
      return {
        ...endedAttempt(step, event.at, { outcome: "succeeded" }),
        state: "succeeded",
        output: event.output,
        error: undefined,
      };
    case "step_cancelled":
      return { ...endedAttempt(step, event.at, { outcome: "cancelled" }), ...cancelledEnd(job) };
    case "step_handed_back":
      return handedBack(step, job, event.at);
    case "step_failed":
      return failedStep(step, job, event);
  }
}

function handedBack(step: StepRecord, job: JobRecord, at: number): StepRecord {
  const ended = endedAttempt(step, at, { outcome: "handed_back" });
  if (job.cancelRequestedAt !== undefined) return { ...ended, ...cancelledEnd(job) };
  return { ...ended, state: "ready", attemptsAllowed: step.attemptsAllowed + 1, notBefore: 0 };
}

function failedStep(
  step: StepRecord,
  job: JobRecord,
  event: Extract<JobEvent, { type: "step_failed" }>,
): StepRecord {
  // Renewed between the look and this event: whoever saw the lease run out was too slow.
  if (event.reason === "lost" && step.lease !== undefined && isHeld(step.lease, event)) return step;
  const ended = {
    ...endedAttempt(step, event.at, { outcome: event.reason, error: event.error }),
    error: event.error,
  };
  if (job.cancelRequestedAt !== undefined) return { ...ended, ...cancelledEnd(job) };
  if (event.retryAt === undefined || step.fence >= step.attemptsAllowed) return { ...ended, state: "failed" };
  return { ...ended, state: "ready", notBefore: event.retryAt };
}

function withStep(
  job: JobRecord,
  event: JobEvent & { readonly task: string; readonly step: string },
  change: (step: StepRecord) => StepRecord,
): JobRecord {
  return withTask(job, event.task, (task) => {
    const position = task.steps.findIndex((step) => step.name === event.step);
    const step = task.steps[position];
    if (step === undefined) return task;
    const changed = change(step);
    if (changed === step) return task;
    return { ...task, steps: settledSteps(task.steps.with(position, changed), event.at) };
  });
}

function withTask(job: JobRecord, key: string, change: (task: TaskRecord) => TaskRecord): JobRecord {
  const position = job.tasks.findIndex((task) => task.key === key);
  const task = job.tasks[position];
  if (task === undefined) return job;
  const changed = change(task);
  return changed === task ? job : { ...job, tasks: job.tasks.with(position, changed) };
}

/** What has not begun never begins; what runs learns it and says so itself. */
function cancelledJob(job: JobRecord, event: Extract<JobEvent, { type: "job_cancelled" }>): JobRecord {
  if (job.cancelRequestedAt !== undefined || isJobEnded(jobState(job))) return job;
  const reason = event.reason === undefined ? {} : { cancelReason: event.reason };
  const stopping = { ...job, ...reason, cancelRequestedAt: event.at };
  const end = cancelledEnd(stopping);
  const tasks = job.tasks.map((task) => ({
    ...task,
    steps: task.steps.map(
      (step): StepRecord => (step.state === "waiting" || step.state === "ready" ? { ...step, ...end } : step),
    ),
  }));
  return { ...stopping, tasks };
}

/** How the steps of a cancelled job end: nobody asked for a deadline that passed, so that is a failure. */
function cancelledEnd(job: JobRecord): Pick<StepRecord, "state"> & { readonly error?: StepError } {
  if (job.cancelReason === undefined) return { state: "cancelled" };
  const within = job.deadlineAt === undefined ? "in time" : `within ${job.deadlineAt - job.createdAt} ms`;
  return { state: "failed", error: { code: job.cancelReason, message: `the job did not end ${within}` } };
}

/** A dead step gets its attempts anew, and what was skipped after it waits again. */
function requeued(job: JobRecord, event: Extract<JobEvent, { type: "step_requeued" }>): JobRecord {
  if (job.cancelRequestedAt !== undefined || job.expiredAt !== undefined) return job;
  return withTask(job, event.task, (task) => {
    const dead = task.steps.find((step) => step.name === event.step);
    // What depends on an optional step may have ended without it: asking again would change the past.
    if (dead?.state !== "failed" || dead.optional) return task;
    const steps = task.steps.map((step): StepRecord => {
      if (step.state === "skipped") return { ...step, state: "waiting" };
      if (step !== dead) return step;
      const attemptsAllowed = step.fence + step.retry.maxAttempts;
      return { ...step, state: "ready", attemptsAllowed, readyAt: event.at, notBefore: 0 };
    });
    return { ...task, steps: settledSteps(steps, event.at) };
  });
}
