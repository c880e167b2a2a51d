import type { DatabaseSync, StatementSync } from "node:sqlite";
import { GatewayError } from "@zarr-gateway/primitives";
import type { JobEvent } from "../../event.ts";
import { queueRank } from "../../planner/choose-steps.ts";
import type { JobRecord, StepRecord, TaskRecord } from "../../record.ts";
import { jobState } from "../../reducer/job-state.ts";

/** Records as rows: a job without its steps, and each step alone, so that one step's change writes one step. */
export class JobRows {
  readonly #insertJob: StatementSync;
  readonly #updateJob: StatementSync;
  readonly #writeStep: StatementSync;
  readonly #readJob: StatementSync;
  readonly #readSteps: StatementSync;
  readonly #insertEvent: StatementSync;

  constructor(database: DatabaseSync) {
    this.#insertJob = database.prepare(
      `INSERT INTO jobs (id, definition, owner, state, rank, created_at, expires_at, record)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#updateJob = database.prepare("UPDATE jobs SET state = ?, expires_at = ?, record = ? WHERE id = ?");
    this.#writeStep = database.prepare(
      `INSERT OR REPLACE INTO steps
       (job, task, position, task_key, name, step, state, rank, not_before, lease_until, fence, record)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#readJob = database.prepare("SELECT record FROM jobs WHERE id = ?");
    this.#readSteps = database.prepare(
      "SELECT task, record FROM steps WHERE job = ? ORDER BY task, position",
    );
    this.#insertEvent = database.prepare(
      `INSERT INTO events (job, sequence, event)
       VALUES (?1, (SELECT coalesce(max(sequence), 0) + 1 FROM events WHERE job = ?1), ?2)`,
    );
  }

  insert(job: JobRecord): void {
    const place = queueRank(job.priority, job.createdAt);
    const { id, definition, owner, createdAt } = job;
    this.#insertJob.run(id, definition, owner, jobState(job), place, createdAt, expiryOf(job), headOf(job));
    this.#writeSteps(job, undefined);
  }

  /** Writes what differs from the record as it was read. */
  update(job: JobRecord, before: JobRecord): void {
    this.#updateJob.run(jobState(job), expiryOf(job), headOf(job), job.id);
    this.#writeSteps(job, before);
  }

  read(id: string): JobRecord | undefined {
    const row = this.#readJob.get(id);
    if (row === undefined) return undefined;
    const head = parsed<JobHead>(row["record"]);
    const steps: StepRecord[][] = head.tasks.map(() => []);
    for (const step of this.#readSteps.all(id))
      steps[Number(step["task"])]?.push(parsed<StepRecord>(step["record"]));
    return { ...head, tasks: head.tasks.map((task, index) => ({ ...task, steps: steps[index] ?? [] })) };
  }

  keep(id: string, events: readonly JobEvent[]): void {
    for (const event of events) this.#insertEvent.run(id, JSON.stringify(event));
  }

  #writeSteps(job: JobRecord, before: JobRecord | undefined): void {
    for (const [index, task] of job.tasks.entries()) {
      const known = before?.tasks[index];
      if (task === known) continue;
      for (const [position, step] of task.steps.entries())
        if (step !== known?.steps[position]) this.#writeOne(job, { task, index, step, position });
    }
  }

  #writeOne(
    job: JobRecord,
    at: { task: TaskRecord; index: number; step: StepRecord; position: number },
  ): void {
    const { task, index, step, position } = at;
    const rank = queueRank(job.priority, step.readyAt);
    const place = [job.id, index, position, task.key, step.name, step.step] as const;
    const until = step.lease?.until ?? null;
    this.#writeStep.run(...place, step.state, rank, step.notBefore, until, step.fence, JSON.stringify(step));
  }
}

/** A job's row: everything but the steps. */
type JobHead = Omit<JobRecord, "tasks"> & { readonly tasks: readonly Omit<TaskRecord, "steps">[] };

function headOf(job: JobRecord): string {
  const head: JobHead = { ...job, tasks: job.tasks.map(({ key, input }) => ({ key, input })) };
  return JSON.stringify(head);
}

function expiryOf(job: JobRecord): number | null {
  return job.endedAt === undefined || job.expiredAt !== undefined ? null : job.endedAt + job.retentionMs;
}

/** Text of our own rows. */
export function parsed<Value>(text: unknown): Value {
  if (typeof text !== "string")
    throw new GatewayError("internal", "a row of the jobs database holds no text");
  // Written by this class alone, under a schema version that this program knows.
  return JSON.parse(text) as Value;
}
