import { DatabaseSync } from "node:sqlite";
import type { CallOptions } from "@zarr-gateway/primitives";
import type { JobEvent } from "../event.ts";
import type { Appended, IdempotencyRule, JobStore, SubmitRule, Submitted } from "../job-store.ts";
import type { JobRecord } from "../record.ts";
import { advanceJobBy } from "../reducer/job-reducer.ts";
import { isJobEnded, jobState } from "../reducer/job-state.ts";
import { guarded } from "./sqlite/database-errors.ts";
import { GroupCommit } from "./sqlite/group-commit.ts";
import { JobLists } from "./sqlite/job-lists.ts";
import { JobQueue } from "./sqlite/job-queue.ts";
import { JobRows } from "./sqlite/job-rows.ts";
import { KnownJobs } from "./sqlite/known-jobs.ts";
import { migrateJobs } from "./sqlite/migrations.ts";
import { Room } from "./sqlite/room.ts";

export interface SqliteJobStoreOptions {
  /**
   * What outlives a loss of power once it is acknowledged: what clients asked for (jobs, cancellations, retries,
   * removals), or every change. kill -9 loses nothing in either case.
   */
  readonly durable?: "requests" | "everything";
  /** Size of the file, its write-ahead log not counted; past it calls fail as `overloaded`. No limit unless told. */
  readonly maxBytes?: number;
  /** Told what the store gets over by itself. */
  readonly onError?: (error: unknown) => void;
}

/** Waiting for other processes while opening; later nobody is stopped by it. */
const OPEN_TIMEOUT_MS = 5000;

/**
 * Jobs in one SQLite file, shared by any number of processes of one machine (not over a network file system).
 * @throws GatewayError internal when the file cannot be opened, unsupported when a newer program has written it
 */
export function openSqliteJobStore(path: string, options: SqliteJobStoreOptions = {}): JobStore {
  return new SqliteJobStore(path, options).store();
}

class SqliteJobStore {
  readonly #database: DatabaseSync;
  readonly #rows: JobRows;
  readonly #queue: JobQueue;
  readonly #lists: JobLists;
  readonly #commits: GroupCommit;
  readonly #room: Room;
  readonly #known: KnownJobs;
  readonly #isAllDurable: boolean;

  constructor(path: string, { durable = "requests", maxBytes, onError = () => {} }: SqliteJobStoreOptions) {
    this.#database = opened(path);
    this.#room = guarded(() => new Room(this.#database, maxBytes));
    this.#known = new KnownJobs(this.#database);
    this.#rows = new JobRows(this.#database, this.#known);
    this.#queue = new JobQueue(this.#database, this.#rows);
    this.#lists = new JobLists(this.#database, this.#rows);
    this.#commits = new GroupCommit(this.#database, this.#known, { path, onError });
    this.#isAllDurable = durable === "everything";
  }

  store(): JobStore {
    const lists = this.#lists;
    return {
      inOrder: true,
      create: (job, rule, options) =>
        this.#change(
          () => this.#create(job, rule),
          options,
          ({ outcome }) => outcome === "created",
        ),
      get: (id, options) => this.#get(id, options),
      append: (id, events, options) =>
        this.#change(
          () => this.#append(id, events),
          options,
          (made) => made?.applied === true && events.some(isAsked),
        ),
      claim: async (request, options) =>
        request.free <= 0 ? [] : this.#change(() => this.#queue.claim(request), options),
      lostLeases: (now, limit, options) => this.#look(() => this.#queue.lostLeases(now, limit), options),
      leasesAfter: (until, limit, options) =>
        this.#look(() => this.#queue.leasesAfter(until, limit), options),
      overdue: (now, limit, options) => this.#look(() => lists.overdue(now, limit), options),
      dueToExpire: (now, limit, options) => this.#look(() => lists.dueToExpire(now, limit), options),
      outlived: (before, limit, options) => this.#look(() => lists.outlived(before, limit), options),
      latest: (ids, options) => this.#look(() => lists.latest(ids), options),
      events: (id, range, options) => this.#look(() => lists.events(id, range), options),
      list: (filter, options) => this.#look(() => lists.list(filter), options),
      remove: (id, options) =>
        this.#change(
          () => this.#remove(id),
          options,
          (removed) => removed === true,
        ),
      stats: (options) => this.#look(() => lists.stats(), options),
      position: (id, options) => this.#look(() => lists.position(id), options),
      close: () => this.#close(),
    };
  }

  async #change<Result>(
    work: () => Result,
    { signal }: CallOptions = {},
    isDurable: (result: Result) => boolean = () => false,
  ): Promise<Result> {
    signal?.throwIfAborted();
    return this.#commits.change({ work, isDurable: (result) => this.#isAllDurable || isDurable(result) });
  }

  async #get(id: string, options: CallOptions = {}): Promise<JobRecord | undefined> {
    options.signal?.throwIfAborted();
    guarded(() => this.#known.refresh());
    return this.#known.get(id) ?? this.#look(() => this.#rows.read(id), options);
  }

  /** Several reads as of one moment: another process's change would come between them otherwise. */
  async #look<Result>(work: () => Result, { signal }: CallOptions = {}): Promise<Result> {
    signal?.throwIfAborted();
    return guarded(() => {
      this.#database.exec("BEGIN");
      try {
        this.#known.refresh();
        return work();
      } finally {
        if (this.#database.isTransaction) this.#database.exec("COMMIT");
      }
    });
  }

  #create(job: JobRecord, rule: SubmitRule): Submitted {
    const { idempotency } = rule;
    const earlier = idempotency === undefined ? undefined : this.#repeated(job, idempotency);
    if (earlier !== undefined) return earlier;
    if (this.#rows.has(job.id)) return { outcome: "taken" };
    const queued = this.#lists.queued(job.definition);
    if (queued >= rule.maxQueued) return { outcome: "full", queued };
    this.#room.assertRoom();
    this.#rows.insert(job, [{ type: "job_submitted", at: job.createdAt }]);
    if (idempotency !== undefined)
      this.#database
        .prepare(
          "INSERT OR REPLACE INTO idempotency (owner, key, digest, job, expires_at) VALUES (?, ?, ?, ?, ?)",
        )
        .run(job.owner, idempotency.key, idempotency.digest, job.id, idempotency.expiresAt);
    return { outcome: "created", job };
  }

  #repeated(job: JobRecord, rule: IdempotencyRule): Submitted | undefined {
    this.#database.prepare("DELETE FROM idempotency WHERE expires_at <= ?").run(job.createdAt);
    const known = this.#database
      .prepare("SELECT digest, job FROM idempotency WHERE owner = ? AND key = ?")
      .get(job.owner, rule.key);
    if (known === undefined) return undefined;
    if (known["digest"] !== rule.digest) return { outcome: "other_request" };
    const first = this.#rows.read(String(known["job"]));
    return first === undefined ? undefined : { outcome: "repeated", job: first };
  }

  #append(id: string, wanted: readonly JobEvent[]): Appended | undefined {
    const before = this.#rows.read(id);
    if (before === undefined) return undefined;
    const { job, events, applied } = advanceJobBy(before, wanted);
    if (job !== before) this.#rows.update(job, before, events);
    return { job, applied };
  }

  #remove(id: string): boolean | undefined {
    const job = this.#rows.read(id);
    if (job === undefined) return undefined;
    if (!isJobEnded(jobState(job))) return false;
    this.#rows.remove(id);
    return true;
  }

  async #close(): Promise<void> {
    await this.#commits.close();
    if (this.#database.isOpen) this.#database.close();
  }
}

/** Whether somebody asked for it and was told that it is so: the rest happens again after a loss of power. */
function isAsked(event: JobEvent): boolean {
  return event.type === "job_cancelled" || event.type === "step_requeued";
}

function opened(path: string): DatabaseSync {
  return guarded(() => {
    const database = new DatabaseSync(path, { timeout: OPEN_TIMEOUT_MS });
    try {
      database.exec("PRAGMA journal_mode = WAL");
      // The log goes to the disk where it must (GroupCommit), not at each commit.
      database.exec("PRAGMA synchronous = NORMAL");
      migrateJobs(database);
      database.exec("PRAGMA busy_timeout = 20");
      return database;
    } catch (error) {
      database.close();
      throw error;
    }
  });
}
