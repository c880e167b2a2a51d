import { isJobEnded, type JobRecord, jobState, type RunOutput, type StepRecord } from "@zarr-gateway/jobs";
import { z } from "zod";

/** Names of the steps that jobs with results have; other plugins put them into their plans. */
export const RUN_STEP = "run";
export const MANIFEST_STEP = "results.manifest";
export const STORE_STEP = "results.store";
export const CATALOG_STEP = "results.catalog";

/** Where a job stands, for who serves what it makes. */
export type RunState =
  | { readonly state: "none" }
  /** Not begun, or between two attempts. */
  | { readonly state: "waiting" }
  | { readonly state: "running"; readonly attempt: number; readonly startedAt: number }
  /** Over without a result; the last attempt may have left files. */
  | { readonly state: "failed"; readonly attempt: number; readonly reason: string }
  | { readonly state: "finished"; readonly attempt: number; readonly output: RunOutput };

const runOutput = z.object({
  attempt: z.int().min(1),
  metadata: z.json().default({}),
  seconds: z.number().default(0),
  provenance: z.json().default({}),
});

/** A record is asked once for each of its files. */
const known = new WeakMap<JobRecord, RunState>();

/** Pure: what the record says of the step that makes the files. */
export function runState(job: JobRecord): RunState {
  const state = known.get(job) ?? stateOf(job);
  known.set(job, state);
  return state;
}

function stateOf(job: JobRecord): RunState {
  const step = stepNamed(job, RUN_STEP);
  if (step === undefined) return { state: "none" };
  switch (step.state) {
    case "waiting":
    case "ready":
      return { state: "waiting" };
    case "running":
      return {
        state: "running",
        attempt: step.fence,
        startedAt: step.attempts.at(-1)?.startedAt ?? job.createdAt,
      };
    case "succeeded":
      return finished(step);
    case "failed":
    case "skipped":
    case "cancelled":
      return { state: "failed", attempt: step.fence, reason: step.error?.message ?? `it was ${step.state}` };
  }
}

function finished(step: StepRecord): RunState {
  const parsed = runOutput.safeParse(step.output);
  if (parsed.success) return { state: "finished", attempt: parsed.data.attempt, output: parsed.data };
  return { state: "failed", attempt: step.fence, reason: "its output names no attempt" };
}

/** The step of this name, or the first that runs this definition. */
export function stepNamed(job: JobRecord, name: string): StepRecord | undefined {
  const steps = job.tasks.flatMap((task) => task.steps);
  return steps.find((step) => step.name === name) ?? steps.find(({ step }) => step === name);
}

/** Attempts whose files may still lie there: the one that counts now. 0: none was begun. */
export function latestAttempt(run: RunState): number {
  return run.state === "none" || run.state === "waiting" ? 0 : run.attempt;
}

export function hasEnded(job: JobRecord): boolean {
  return isJobEnded(jobState(job));
}
