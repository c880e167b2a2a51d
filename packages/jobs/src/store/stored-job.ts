import { stepRank } from "../planner/choose-steps.ts";
import type { JobRecord, StepRecord, TaskRecord } from "../record.ts";
import { isJobEnded, jobState } from "../reducer/job-state.ts";

/** What databases look for, beside the record: one column each. */
export interface JobColumns {
  readonly state: string;
  readonly hasEnded: boolean;
  readonly expiresAt: number | null;
  readonly expiredAt: number | null;
  /** Only while somebody has to look after it. */
  readonly deadlineAt: number | null;
}

export function jobColumns(job: JobRecord): JobColumns {
  const { endedAt, expiredAt, deadlineAt, cancelRequestedAt } = job;
  const state = jobState(job);
  const isOpen = !isJobEnded(state) && cancelRequestedAt === undefined;
  return {
    state,
    hasEnded: endedAt !== undefined,
    expiresAt: endedAt === undefined || expiredAt !== undefined ? null : endedAt + job.retentionMs,
    expiredAt: expiredAt ?? null,
    deadlineAt: isOpen ? (deadlineAt ?? null) : null,
  };
}

/** A job's own row: everything but the steps. */
export type JobHeadRecord = Omit<JobRecord, "tasks"> & {
  readonly tasks: readonly Omit<TaskRecord, "steps">[];
};

export function headRecord(job: JobRecord): JobHeadRecord {
  return { ...job, tasks: job.tasks.map(({ key, input }) => ({ key, input })) };
}

/** Whether the rows of both jobs themselves say the same: so it is where only steps differ, which share what did not change. */
export function isSameHead({ tasks, ...job }: JobRecord, { tasks: others, ...before }: JobRecord): boolean {
  const [now, then] = [new Map(Object.entries(job)), new Map(Object.entries(before))];
  const names = new Set([...now.keys(), ...then.keys()]);
  return (
    names.values().every((name) => now.get(name) === then.get(name)) &&
    tasks.length === others.length &&
    tasks.every(({ key, input }, index) => key === others[index]?.key && input === others[index]?.input)
  );
}

/** A step and where it stands; `rank` is its place in the queue. */
export interface StepPlace {
  readonly task: number;
  readonly position: number;
  readonly taskKey: string;
  readonly rank: number;
  readonly step: StepRecord;
}

/** Steps that differ from the record as it was read; all of them without one. */
export function changedSteps(job: JobRecord, before: JobRecord | undefined): readonly StepPlace[] {
  return job.tasks.flatMap((task, index) => {
    const known = before?.tasks[index];
    if (task === known) return [];
    return task.steps.flatMap((step, position) =>
      step === known?.steps[position]
        ? []
        : [{ task: index, position, taskKey: task.key, rank: stepRank(job, task, step), step }],
    );
  });
}

/** The record of a head and its steps, by task and in order. */
export function joinedJob(
  head: JobHeadRecord,
  rows: readonly { readonly task: number; readonly step: StepRecord }[],
): JobRecord {
  const steps: StepRecord[][] = head.tasks.map(() => []);
  for (const { task, step } of rows) steps[task]?.push(step);
  return { ...head, tasks: head.tasks.map((task, index) => ({ ...task, steps: steps[index] ?? [] })) };
}
