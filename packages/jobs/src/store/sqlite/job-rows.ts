import type { DatabaseSync, StatementSync } from "node:sqlite";
import { GatewayError } from "@zarr-gateway/primitives";
import type { JobEvent } from "../../event.ts";
import { queueRank } from "../../planner/choose-steps.ts";
import type { JobRecord, StepRecord } from "../../record.ts";
import { searchText } from "../job-filters.ts";
import {
  changedSteps,
  headRecord,
  isSameHead,
  type JobHeadRecord,
  jobColumns,
  joinedJob,
} from "../stored-job.ts";
import type { KnownJobs } from "./known-jobs.ts";

/** Places of jobs within one millisecond. */
const PLACES = 1 << 20;

/** Records as rows: a job without its steps, and each step alone, so that one step's change writes one step. */
export class JobRows {
  readonly #insertJob: StatementSync;
  readonly #insertSearch: StatementSync;
  readonly #updateJob: StatementSync;
  readonly #updateState: StatementSync;
  readonly #writeStep: StatementSync;
  readonly #readJob: StatementSync;
  readonly #readSteps: StatementSync;
  readonly #insertEvent: StatementSync;
  readonly #countEvents: StatementSync;
  readonly #removals: readonly StatementSync[];
  readonly #known: KnownJobs;

  constructor(database: DatabaseSync, known: KnownJobs) {
    this.#known = known;
    // Numbers come as REAL, which cannot tell the last place of a millisecond from the first one of the next.
    const first = `CAST(?6 AS INTEGER) * ${PLACES}`;
    this.#insertJob = database.prepare(
      `INSERT INTO jobs (number, id, definition, owner, state, rank, created_at, sequence, has_ended,
         expires_at, expired_at, deadline_at, record)
       VALUES ((SELECT coalesce(max(number), ${first} - 1) + 1 FROM jobs
           WHERE number BETWEEN ${first} AND ${first} + ${PLACES} - 1),
         ?1, ?2, ?3, ?4, ?5, ?6, ?12, ?7, ?8, ?9, ?10, ?11)`,
    );
    this.#insertSearch = database.prepare(
      "INSERT INTO job_search (rowid, text) VALUES ((SELECT number FROM jobs WHERE id = ?), ?)",
    );
    const count = "sequence = sequence + ?";
    const state = `${count}, state = ?, has_ended = ?, expires_at = ?, expired_at = ?, deadline_at = ?`;
    const changed = "WHERE id = ? RETURNING sequence";
    this.#updateJob = database.prepare(`UPDATE jobs SET ${state}, record = ? ${changed}`);
    this.#updateState = database.prepare(`UPDATE jobs SET ${state} ${changed}`);
    this.#countEvents = database.prepare(`UPDATE jobs SET ${count} ${changed}`);
    this.#writeStep = database.prepare(
      `INSERT INTO steps (job, task, position, task_key, name, step, state, rank, not_before, lease_until, fence, record)
       VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12) ON CONFLICT DO UPDATE SET
         state = ?7, rank = ?8, not_before = ?9, lease_until = ?10, fence = ?11, record = ?12`,
    );
    this.#readJob = database.prepare("SELECT record FROM jobs WHERE id = ?");
    this.#readSteps = database.prepare(
      "SELECT task, record FROM steps WHERE job = ? ORDER BY task, position",
    );
    this.#insertEvent = database.prepare("INSERT INTO events (job, sequence, event) VALUES (?, ?, ?)");
    this.#removals = [
      "DELETE FROM job_search WHERE rowid = (SELECT number FROM jobs WHERE id = ?)",
      "DELETE FROM events WHERE job = ?",
      "DELETE FROM steps WHERE job = ?",
      "DELETE FROM idempotency WHERE job = ?",
      "DELETE FROM jobs WHERE id = ?",
    ].map((statement) => database.prepare(statement));
  }

  insert(job: JobRecord, events: readonly JobEvent[]): void {
    const { id, definition, owner, createdAt } = job;
    const { state, hasEnded, expiresAt, expiredAt, deadlineAt } = jobColumns(job);
    const place = [state, queueRank(job.priority, createdAt), createdAt, Number(hasEnded)] as const;
    const head = JSON.stringify(headRecord(job));
    const ends = [expiresAt, expiredAt, deadlineAt] as const;
    this.#insertJob.run(id, definition, owner, ...place, ...ends, head, events.length);
    this.#insertSearch.run(id, searchText(job));
    this.#writeSteps(job, undefined);
    this.#keep(id, events, events.length);
  }

  /** Writes what differs from the record as it was read, and the events of the change. */
  update(job: JobRecord, before: JobRecord, events: readonly JobEvent[]): void {
    const { length } = events;
    // What changes with a lease alone is a step: most changes leave the job's own row as it is, but for its events.
    const [now, then] = [columnsOf(job), columnsOf(before)];
    let written = 0;
    let row: Record<string, unknown> | undefined;
    if (!isSameHead(job, before)) {
      const head = JSON.stringify(headRecord(job));
      row = this.#updateJob.get(length, ...now, head, job.id);
      written += head.length;
    } else if (now.some((value, index) => value !== then[index]))
      row = this.#updateState.get(length, ...now, job.id);
    else if (length > 0) row = this.#countEvents.get(length, job.id);
    written += this.#writeSteps(job, before);
    this.#keep(job.id, events, Number(row?.["sequence"]));
    this.#known.changed(job.id, job, written);
  }

  read(id: string): JobRecord | undefined {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    const found = this.#read(id);
    if (found !== undefined) this.#known.read(id, found.job, found.length);
    return found?.job;
  }

  /** The same for one of many: it takes no place of those that are used. */
  readOnce(id: string): JobRecord | undefined {
    return this.#known.get(id) ?? this.#read(id)?.job;
  }

  #read(id: string): { readonly job: JobRecord; readonly length: number } | undefined {
    const row = this.#readJob.get(id);
    if (row === undefined) return undefined;
    let length = String(row["record"]).length;
    const steps = this.#readSteps.all(id).map((step) => {
      length += String(step["record"]).length;
      return { task: Number(step["task"]), step: parsed<StepRecord>(step["record"]) };
    });
    return { job: joinedJob(parsed<JobHeadRecord>(row["record"]), steps), length };
  }

  has(id: string): boolean {
    return this.#readJob.get(id) !== undefined;
  }

  remove(id: string): void {
    this.#known.forget(id);
    for (const removal of this.#removals) removal.run(id);
  }

  /** @param last number of the last of them */
  #keep(id: string, events: readonly JobEvent[], last: number): void {
    for (const [index, event] of events.entries())
      this.#insertEvent.run(id, last - events.length + 1 + index, JSON.stringify(event));
  }

  /** Gives the length of what was written. */
  #writeSteps(job: JobRecord, before: JobRecord | undefined): number {
    let written = 0;
    for (const { task, position, taskKey, rank, step } of changedSteps(job, before)) {
      const place = [job.id, task, position, taskKey, step.name, step.step] as const;
      const until = step.lease?.until ?? null;
      const record = JSON.stringify(step);
      this.#writeStep.run(...place, step.state, rank, step.notBefore, until, step.fence, record);
      written += record.length;
    }
    return written;
  }
}

/** Values of the row that may change beside the record, in the order of the update. */
function columnsOf(job: JobRecord) {
  const { state, hasEnded, expiresAt, expiredAt, deadlineAt } = jobColumns(job);
  return [state, Number(hasEnded), expiresAt, expiredAt, deadlineAt] as const;
}

/** Text of our own rows. */
export function parsed<Value>(text: unknown): Value {
  if (typeof text !== "string")
    throw new GatewayError("internal", "a row of the jobs database holds no text");
  // Written by this class alone, under a schema version that this program knows.
  return JSON.parse(text) as Value;
}
