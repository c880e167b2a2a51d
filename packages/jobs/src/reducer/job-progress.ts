import type { JobRecord, StepRecord } from "../record.ts";
import { isStepEnded } from "./job-state.ts";

export interface JobProgress {
  /** 0 to 1, by the weights of the steps; of a job that failed or was cancelled, how far it came. */
  readonly fraction: number;
  readonly endedSteps: number;
  readonly steps: number;
  /** What the step that runs now said last. */
  readonly message?: string;
  /** Milliseconds still to go at the pace so far; only once something is done. */
  readonly remainingMs?: number;
}

/** How far a job is at `now`, milliseconds since 1970. */
export function jobProgress(job: JobRecord, now: number): JobProgress {
  const steps = job.tasks.flatMap((task) => task.steps);
  const whole = steps.reduce((sum, step) => sum + step.weight, 0);
  const done = steps.reduce((sum, step) => sum + step.weight * fractionOf(step), 0);
  const fraction = whole > 0 ? Math.min(1, done / whole) : steps.every(isStepEnded) ? 1 : 0;
  const message = steps.find(isTelling)?.progress?.message;
  const started = Math.min(...steps.flatMap((step) => step.attempts.slice(0, 1).map((one) => one.startedAt)));
  const goesOn = job.endedAt === undefined && fraction > 0 && Number.isFinite(started);
  return {
    fraction,
    endedSteps: steps.filter(isStepEnded).length,
    steps: steps.length,
    ...(message === undefined ? {} : { message }),
    ...(goesOn ? { remainingMs: Math.max(0, ((now - started) * (1 - fraction)) / fraction) } : {}),
  };
}

function isTelling({ state, progress }: StepRecord): boolean {
  return state === "running" && progress?.message !== undefined;
}

/** What failed or was cancelled is as far as it came; what nobody needs is done when it has failed. */
function fractionOf({ state, optional, progress }: StepRecord): number {
  if (state === "succeeded" || (state === "failed" && optional)) return 1;
  return state === "waiting" || state === "ready" || state === "skipped" ? 0 : (progress?.fraction ?? 0);
}
