import type { StepRecord } from "../record.ts";
import type { RetryPolicy } from "../step-policy.ts";

export const DEFAULT_RETRY: RetryPolicy = { maxAttempts: 3, delayMs: 1000, maxDelayMs: 60_000 };

/**
 * When a step that failed now may run again: doubling pauses, each between half and the whole of its length, so that
 * what failed together does not come back together. Undefined when its attempts are used up.
 * @param random 0 ≤ random < 1
 */
export function retryAt(
  step: Pick<StepRecord, "fence" | "attemptsAllowed" | "retry">,
  now: number,
  random: number,
): number | undefined {
  if (step.fence >= step.attemptsAllowed) return undefined;
  const begun = step.fence - (step.attemptsAllowed - step.retry.maxAttempts);
  const whole = Math.min(step.retry.maxDelayMs, step.retry.delayMs * 2 ** (Math.max(1, begun) - 1));
  return now + Math.round(whole * (0.5 + random / 2));
}
