import type { JobRecord, StepRecord } from "@zarr-gateway/jobs";
import { z } from "zod";

/** The step that makes the files; every workflow's job has it. */
const RUN_STEP = "run";

/** What a record says of the run itself. */
export interface RunFacts {
  /** Milliseconds since 1970 at which the latest attempt began. */
  readonly startedAt: number | undefined;
  /** Seconds of the run without waiting; only of one that succeeded. */
  readonly seconds: number | undefined;
  /** What the workflow said of its results, whole after the end, up to now before it. */
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly provenance: unknown;
}

const object = z.record(z.string(), z.unknown());
/** Of the output of the step, which any program may have made. */
const runOutput = z.object({
  metadata: object.optional().catch(undefined),
  seconds: z.number().optional().catch(undefined),
  provenance: z.unknown().optional(),
});

export function runFacts(job: JobRecord): RunFacts {
  const step = runStep(job);
  const output = runOutput.safeParse(step?.output ?? {});
  const known = output.success ? output.data : undefined;
  return {
    startedAt: step?.attempts.at(-1)?.startedAt ?? firstStart(job),
    seconds: step?.state === "succeeded" ? known?.seconds : undefined,
    metadata: known?.metadata ?? {},
    provenance: known?.provenance,
  };
}

export function runStep(job: JobRecord): StepRecord | undefined {
  const steps = job.tasks.flatMap((task) => task.steps);
  return steps.find(({ name }) => name === RUN_STEP) ?? steps.find(({ phase }) => phase === "running");
}

/** Why a job failed, as the step said it that failed. */
export function failureOf(job: JobRecord): string | undefined {
  const steps = job.tasks.flatMap((task) => task.steps);
  const failed = steps.find(({ state, optional }) => state === "failed" && !optional);
  return failed?.error?.message;
}

function firstStart(job: JobRecord): number | undefined {
  const starts = job.tasks.flatMap(({ steps }) => steps.flatMap(({ attempts }) => attempts.slice(0, 1)));
  return starts.length === 0 ? undefined : Math.min(...starts.map(({ startedAt }) => startedAt));
}
