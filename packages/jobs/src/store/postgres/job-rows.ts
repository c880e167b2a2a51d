import type { JobEvent } from "../../event.ts";
import { queueRank } from "../../planner/choose-steps.ts";
import type { JobRecord, StepRecord } from "../../record.ts";
import { searchText } from "../job-filters.ts";
import { changedSteps, headRecord, type JobHeadRecord, jobColumns, joinedJob } from "../stored-job.ts";
import type { Query, Row, Statement } from "./connections.ts";
import { CHANNEL } from "./news.ts";

/** Columns of a job with its steps as of one moment; `jobs` is the table's name in the statement. */
export const WHOLE_JOB = `jobs.id, jobs.sequence, jobs.record, (
  SELECT json_agg(json_build_array(task, steps.record) ORDER BY task, position)
  FROM zarr_gateway.steps WHERE steps.job = jobs.id) AS steps`;

/** A job as it is in the database, with the number of its latest event. */
export interface StoredJob {
  readonly job: JobRecord;
  readonly sequence: number;
}

export function storedJob(row: Row): StoredJob {
  // Written by `jobWrites` alone, under a schema version that this program knows.
  const head = JSON.parse(String(row["record"])) as JobHeadRecord;
  const steps = (row["steps"] ?? []) as readonly (readonly [number, string])[];
  const places = steps.map(([task, record]) => ({ task, step: JSON.parse(record) as StepRecord }));
  return { job: joinedJob(head, places), sequence: Number(row["sequence"]) };
}

/** Locks jobs until the end of the transaction, in one order whoever asks. */
export const LOCK_JOBS = "SELECT 1 FROM zarr_gateway.jobs WHERE id = ANY($1) ORDER BY id FOR UPDATE";

/** Jobs as they are now; what is to be changed must be locked. */
export async function wholeJobs(query: Query, ids: readonly string[]): Promise<Map<string, StoredJob>> {
  if (ids.length === 0) return new Map();
  return storedJobs(await query(`SELECT ${WHOLE_JOB} FROM zarr_gateway.jobs WHERE id = ANY($1)`, [ids]));
}

/** By id, from rows of `WHOLE_JOB`. */
export function storedJobs(rows: readonly Row[]): Map<string, StoredJob> {
  return new Map(rows.map((row) => [String(row["id"]), storedJob(row)]));
}

/** A job to be written: as it was (undefined: it is new), as it is, and what happened to it. */
export interface JobChange {
  readonly before: StoredJob | undefined;
  readonly job: JobRecord;
  readonly events: readonly JobEvent[];
}

/** Who writes, so that it is told to the others; undefined where there is no news. */
export type Author = string | undefined;

/** What differs, and a word to other processes when the transaction commits, as one statement. */
export function jobWrites(changes: readonly JobChange[], author: Author): readonly Statement[] {
  if (changes.length === 0) return [];
  const rows = changes.map(jobRow);
  const steps = changes.flatMap(stepRows);
  const events = changes.flatMap(({ before, job, events }) =>
    events.map((event, index) => ({
      job: job.id,
      sequence: (before?.sequence ?? 0) + index + 1,
      event: JSON.stringify(event),
    })),
  );
  const values = [rows, steps, events].map((list) => JSON.stringify(list));
  return [{ text: WRITE, values: [...values, author ?? null] }];
}

const JOB = `id text, definition text, owner text, state text, rank float8, created_at int8, sequence int4,
  has_ended bool, expires_at int8, expired_at int8, deadline_at int8, search text, record text`;
const STEP = `job text, task int4, position int4, task_key text, name text, step text, state text, rank float8,
  not_before int8, lease_until int8, fence int4, record text`;
const WRITE = `
  WITH kept_jobs AS (
    INSERT INTO zarr_gateway.jobs
    SELECT created_at * 1048576 + nextval('zarr_gateway.job_places'), new.*
    FROM json_to_recordset($1) AS new (${JOB})
    ON CONFLICT (id) DO UPDATE SET state = excluded.state, sequence = excluded.sequence, has_ended = excluded.has_ended,
      expires_at = excluded.expires_at, expired_at = excluded.expired_at, deadline_at = excluded.deadline_at,
      record = excluded.record
  ), kept_steps AS (
    INSERT INTO zarr_gateway.steps SELECT * FROM json_to_recordset($2) AS new (${STEP})
    ON CONFLICT (job, task, position) DO UPDATE SET state = excluded.state, rank = excluded.rank,
      not_before = excluded.not_before, lease_until = excluded.lease_until, fence = excluded.fence, record = excluded.record
  ), kept_events AS (
    INSERT INTO zarr_gateway.events SELECT * FROM json_to_recordset($3) AS new (job text, sequence int4, event text)
  )
  SELECT pg_notify('${CHANNEL}', $4::text) WHERE $4::text IS NOT NULL`;

function jobRow({ before, job, events }: JobChange) {
  const { state, hasEnded, expiresAt, expiredAt, deadlineAt } = jobColumns(job);
  return {
    id: job.id,
    definition: job.definition,
    owner: job.owner,
    state,
    rank: queueRank(job.priority, job.createdAt),
    created_at: job.createdAt,
    sequence: (before?.sequence ?? 0) + events.length,
    has_ended: hasEnded,
    expires_at: expiresAt,
    expired_at: expiredAt,
    deadline_at: deadlineAt,
    // Written once: the parts it is made of do not change.
    search: before === undefined ? searchText(job) : "",
    record: JSON.stringify(headRecord(job)),
  };
}

function stepRows({ before, job }: JobChange) {
  return changedSteps(job, before?.job).map(({ task, position, taskKey, rank, step }) => ({
    job: job.id,
    task,
    position,
    task_key: taskKey,
    name: step.name,
    step: step.step,
    state: step.state,
    rank,
    not_before: step.notBefore,
    lease_until: step.lease?.until ?? null,
    fence: step.fence,
    record: JSON.stringify(step),
  }));
}
