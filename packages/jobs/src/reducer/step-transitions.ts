import type { JobEvent } from "../event.ts";
import type { AttemptRecord, StepRecord } from "../record.ts";

/** Attempts kept with a step; the number of the latest is in its fence. */
const MAX_ATTEMPTS_KEPT = 20;

/** A step that somebody has begun. */
export function startedAttempt(
  step: StepRecord,
  event: Extract<JobEvent, { type: "step_started" }>,
): StepRecord {
  const attempt: AttemptRecord = { number: event.fence, worker: event.worker, startedAt: event.at };
  return {
    ...step,
    state: "running",
    fence: event.fence,
    lease: { worker: event.worker, until: event.until },
    attempts: [...step.attempts, attempt].slice(-MAX_ATTEMPTS_KEPT),
    progress: undefined,
  };
}

/** The same step without its lease, the end of its latest attempt noted. What it said last stays until it begins again. */
export function endedAttempt(
  step: StepRecord,
  at: number,
  end: Pick<AttemptRecord, "outcome" | "error">,
): StepRecord {
  const attempts = step.attempts.map((attempt) =>
    attempt.number === step.fence ? { ...attempt, ...end, endedAt: at } : attempt,
  );
  return { ...step, attempts, lease: undefined };
}

/** What waits becomes ready, skipped or cancelled by what stands before it. One pass: steps depend on earlier ones only. */
export function settledSteps(steps: readonly StepRecord[], at: number): readonly StepRecord[] {
  const settled = new Map<string, StepRecord>();
  for (const step of steps) {
    const before = step.dependsOn.map((name) => settled.get(name));
    settled.set(step.name, step.state === "waiting" ? settledStep(step, before, at) : step);
  }
  return [...settled.values()];
}

function settledStep(step: StepRecord, before: readonly (StepRecord | undefined)[], at: number): StepRecord {
  if (before.some((other) => other?.state === "cancelled")) return { ...step, state: "cancelled" };
  if (before.some((other) => other?.state === "skipped" || (other?.state === "failed" && !other.optional)))
    return { ...step, state: "skipped" };
  const isReady = before.every((other) => other?.state === "succeeded" || other?.state === "failed");
  return isReady ? { ...step, state: "ready", readyAt: at, notBefore: 0 } : step;
}
