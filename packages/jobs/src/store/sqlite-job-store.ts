import { DatabaseSync } from "node:sqlite";
import type { JobEvent } from "../event.ts";
import type { Appended, IdempotencyRule, JobStore, SubmitRule, Submitted } from "../job-store.ts";
import type { JobRecord } from "../record.ts";
import { advanceJob } from "../reducer/job-reducer.ts";
import { isJobEnded, jobState } from "../reducer/job-state.ts";
import { JobLists } from "./sqlite/job-lists.ts";
import { JobQueue } from "./sqlite/job-queue.ts";
import { JobRows } from "./sqlite/job-rows.ts";
import { migrateJobs } from "./sqlite/migrations.ts";
import { guarded, inTransaction } from "./sqlite/transaction.ts";

/** How long a transaction waits for another process's; ours take milliseconds. */
const BUSY_TIMEOUT_MS = 5000;

/**
 * Jobs in one SQLite file, shared by any number of processes of one machine (not over a network file system).
 * What was acknowledged outlives kill -9 and loss of power.
 * @throws GatewayError internal when the file cannot be opened, unsupported when a newer program has written it
 */
export function openSqliteJobStore(path: string): JobStore {
  const database = opened(path);
  const rows = new JobRows(database);
  const queue = new JobQueue(database, rows);
  const lists = new JobLists(database, rows);
  const write = <Result>(work: () => Result): Result => inTransaction(database, work);
  // One look at several rows: a transaction, or another process's change would come between them.
  const read = write;
  return {
    create: async (job, rule) => write(() => create({ database, rows, lists }, job, rule)),
    get: async (id) => read(() => rows.read(id)),
    append: async (id, event) => write(() => append(rows, id, event)),
    claim: async (request) => (request.free <= 0 ? [] : write(() => queue.claim(request))),
    lostLeases: async (now, limit) => read(() => queue.lostLeases(now, limit)),
    overdue: async (now, limit) => guarded(() => lists.overdue(now, limit)),
    dueToExpire: async (now, limit) => guarded(() => lists.dueToExpire(now, limit)),
    events: async (id, range) => guarded(() => lists.events(id, range)),
    list: async (filter) => read(() => lists.list(filter)),
    remove: async (id) => write(() => remove(database, rows, id)),
    stats: async () => read(() => lists.stats()),
    position: async (id) => guarded(() => lists.position(id)),
    close: async () => {
      if (database.isOpen) database.close();
    },
  };
}

function opened(path: string): DatabaseSync {
  return guarded(() => {
    const database = new DatabaseSync(path, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
    try {
      database.exec("PRAGMA journal_mode = WAL");
      database.exec("PRAGMA synchronous = FULL");
      migrateJobs(database);
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}

interface Parts {
  readonly database: DatabaseSync;
  readonly rows: JobRows;
  readonly lists: JobLists;
}

function create(parts: Parts, job: JobRecord, rule: SubmitRule): Submitted {
  const { idempotency } = rule;
  const earlier = idempotency === undefined ? undefined : repeated(parts, job, idempotency);
  if (earlier !== undefined) return earlier;
  if (parts.rows.read(job.id) !== undefined) return { outcome: "taken" };
  const queued = parts.lists.queued(job.definition);
  if (queued >= rule.maxQueued) return { outcome: "full", queued };
  parts.rows.insert(job);
  parts.rows.keep(job.id, [{ type: "job_submitted", at: job.createdAt }]);
  if (idempotency !== undefined)
    parts.database
      .prepare(
        "INSERT OR REPLACE INTO idempotency (owner, key, digest, job, expires_at) VALUES (?, ?, ?, ?, ?)",
      )
      .run(job.owner, idempotency.key, idempotency.digest, job.id, idempotency.expiresAt);
  return { outcome: "created", job };
}

function repeated(parts: Parts, job: JobRecord, rule: IdempotencyRule): Submitted | undefined {
  parts.database.prepare("DELETE FROM idempotency WHERE expires_at <= ?").run(job.createdAt);
  const known = parts.database
    .prepare("SELECT digest, job FROM idempotency WHERE owner = ? AND key = ?")
    .get(job.owner, rule.key);
  if (known === undefined) return undefined;
  if (known["digest"] !== rule.digest) return { outcome: "other_request" };
  const first = parts.rows.read(String(known["job"]));
  return first === undefined ? undefined : { outcome: "repeated", job: first };
}

function remove(database: DatabaseSync, rows: JobRows, id: string): boolean | undefined {
  const job = rows.read(id);
  if (job === undefined) return undefined;
  if (!isJobEnded(jobState(job))) return false;
  for (const table of ["events", "steps", "idempotency"])
    database.prepare(`DELETE FROM ${table} WHERE job = ?`).run(id);
  database.prepare("DELETE FROM jobs WHERE id = ?").run(id);
  return true;
}

function append(rows: JobRows, id: string, event: JobEvent): Appended | undefined {
  const before = rows.read(id);
  if (before === undefined) return undefined;
  const { job, events } = advanceJob(before, event);
  if (job === before) return { job, applied: false };
  rows.update(job, before);
  rows.keep(id, events);
  return { job, applied: true };
}
