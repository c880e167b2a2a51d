import {
  type AttemptRecord,
  type JobRecord,
  jobProgress,
  jobState,
  type StepError,
  type StepRecord,
  type TaskRecord,
  taskState,
} from "@zarr-gateway/jobs";
import { HIDDEN_DEFINITIONS } from "../webhooks/webhook-job.ts";
import type { HidePlaces } from "./hidden-places.ts";

/** What a view is made with. */
export interface ViewContext {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Base of links, without a slash at the end. */
  readonly base: string;
  readonly hide: HidePlaces;
}

/** A job as lists show it. No output of a step goes out: those are between steps. */
export function jobSummary(job: JobRecord, context: ViewContext): Record<string, unknown> {
  const { now, base, hide } = context;
  const { message, fraction, endedSteps, steps, remainingMs } = jobProgress(job, now);
  const error = firstError(job);
  const self = `${base}/v1/jobs/${job.id}`;
  return {
    id: job.id,
    definition: job.definition,
    state: jobState(job),
    ...(job.owner !== "" && { owner: job.owner }),
    priority: job.priority,
    createdAt: isoTime(job.createdAt),
    ...times(job),
    progress: {
      fraction: Math.round(fraction * 10_000) / 10_000,
      endedSteps,
      steps,
      ...(message !== undefined && { message: hide(message) }),
      ...(remainingMs !== undefined &&
        job.cancelRequestedAt === undefined && { remainingSeconds: Math.round(remainingMs / 1000) }),
    },
    ...(error && { error: { ...error, message: hide(error.message) } }),
    links: {
      self,
      events: `${self}/events`,
      logs: `${self}/logs`,
      results: `${self}/results`,
      page: `${base}/jobs/${job.id}`,
    },
  };
}

/** A job with its parameters, tasks, steps and attempts. */
export function jobDetails(job: JobRecord, context: ViewContext): Record<string, unknown> {
  const { hide } = context;
  return {
    ...jobSummary(job, context),
    parameters: HIDDEN_DEFINITIONS.has(job.definition) ? null : job.params, // addresses of others may hold their keys
    tasks: job.tasks.map((task) => taskView(task, hide)),
  };
}

export function isoTime(at: number): string {
  return new Date(at).toISOString();
}

function times(job: JobRecord): Record<string, string> {
  const begun = job.tasks.flatMap(({ steps }) =>
    steps.flatMap(({ attempts }) => attempts[0]?.startedAt ?? []),
  );
  const expiresAt = job.endedAt === undefined ? undefined : job.endedAt + job.retentionMs;
  const known = {
    startedAt: begun.length === 0 ? undefined : begun.reduce((a, b) => Math.min(a, b)),
    cancelRequestedAt: job.cancelRequestedAt,
    endedAt: job.endedAt,
    ...(job.expiredAt === undefined ? { expiresAt } : { expiredAt: job.expiredAt }),
  };
  return Object.fromEntries(
    Object.entries(known).flatMap(([name, at]) => (at === undefined ? [] : [[name, isoTime(at)]])),
  );
}

/** Of what made the job fail, or may yet. */
function firstError(
  job: JobRecord,
): (StepError & { readonly task: string; readonly step: string }) | undefined {
  for (const task of job.tasks)
    for (const step of task.steps)
      if (step.state === "failed" && step.error) return { ...step.error, task: task.key, step: step.name };
  return undefined;
}

function taskView(task: TaskRecord, hide: HidePlaces): object {
  return { key: task.key, state: taskState(task), steps: task.steps.map((step) => stepView(step, hide)) };
}

function stepView(step: StepRecord, hide: HidePlaces): object {
  const { name, state, phase, dependsOn, optional, attempts, progress, error } = step;
  const message = progress?.message;
  return {
    name,
    step: step.step,
    state,
    phase,
    dependsOn,
    ...(optional && { optional }),
    ...(progress && { progress: { ...progress, ...(message !== undefined && { message: hide(message) }) } }),
    ...(error && { error: { ...error, message: hide(error.message) } }),
    ...(state === "ready" && attempts.length > 0 && { nextAttemptAt: isoTime(step.notBefore) }),
    attempts: attempts.map((attempt) => attemptView(attempt, hide)),
  };
}

function attemptView(
  { number, startedAt, endedAt, outcome, error }: AttemptRecord,
  hide: HidePlaces,
): object {
  return {
    number,
    startedAt: isoTime(startedAt),
    ...(endedAt !== undefined && { endedAt: isoTime(endedAt) }),
    ...(outcome !== undefined && { outcome }),
    ...(error && { error: { ...error, message: hide(error.message) } }),
  };
}
