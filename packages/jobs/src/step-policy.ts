export interface RetryPolicy {
  /** Attempts in all, the first included. */
  readonly maxAttempts: number;
  /** Pause before the second attempt, doubled for each further one. */
  readonly delayMs: number;
  readonly maxDelayMs: number;
}

/** Which state of the job this step stands for while it runs. */
export type StepPhase = "planning" | "running" | "publishing";
