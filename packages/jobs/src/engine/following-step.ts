import type { StepDefinition } from "../definition.ts";
import type { JobEvent } from "../event.ts";
import type { Claim } from "../job-store.ts";
import { advanceJobBy, isDue } from "../reducer/job-reducer.ts";
import { claimOf, startEvent } from "../store/claims.ts";
import type { EngineSettings } from "./engine-options.ts";

/** A step whose code may run. */
export interface BegunStep {
  readonly claim: Claim;
  readonly definition: StepDefinition;
  /** To be kept before anything that it does: how the steps before it ended, and its own beginning. Empty: all is kept. */
  readonly unkept: readonly JobEvent[];
}

export interface FollowingParts {
  readonly steps: ReadonlyMap<string, StepDefinition>;
  readonly settings: Pick<EngineSettings, "clock" | "worker" | "leaseMs">;
}

/**
 * The brief step that a step's end makes ready. It takes the place of that one, so that no limit has to be asked.
 * @param ends events of the claimed step with which it succeeds; they stand in `unkept` of what is given
 */
export function followingStep(
  { job, task, step }: Claim,
  ends: readonly JobEvent[],
  { steps, settings }: FollowingParts,
): BegunStep | undefined {
  const now = settings.clock.now();
  const { job: after, applied } = advanceJobBy(job, ends);
  if (!applied) return undefined;
  for (const next of after.tasks.find(({ key }) => key === task.key)?.steps ?? []) {
    const definition = steps.get(next.step);
    const follows = next.state === "ready" && next.dependsOn.includes(step.name) && isDue(next, now);
    if (!follows || definition?.isBrief !== true) continue;
    const { worker, leaseMs } = settings;
    const begins = startEvent(
      { task: task.key, step: next.name, fence: next.fence },
      { worker, now, leaseMs },
    );
    const claim = claimOf(advanceJobBy(after, [begins]).job, task.key, next.name);
    if (claim !== undefined) return { claim, definition, unkept: [...ends, begins] };
  }
  return undefined;
}
