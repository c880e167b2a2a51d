import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { RecordedEvent } from "../../event.ts";
import type { JobStats } from "../../job-engine.ts";
import type { EventRange, JobFilter } from "../../job-store.ts";
import type { JobRecord, JobState } from "../../record.ts";
import { CountedJobs } from "../counted-jobs.ts";
import { hasText } from "../job-filters.ts";
import { type JobRows, parsed } from "./job-rows.ts";

/** Questions over many jobs, answered from indexes. */
export class JobLists {
  readonly #database: DatabaseSync;
  readonly #rows: JobRows;

  constructor(database: DatabaseSync, rows: JobRows) {
    this.#database = database;
    this.#rows = rows;
  }

  list(filter: JobFilter): readonly JobRecord[] {
    const { definition, owner, state, after } = filter;
    const wishes = Object.entries({ definition, owner, state }).filter(([, value]) => value !== undefined);
    const conditions = wishes.map(([column]) => `${column} = ?`);
    const values: SQLInputValue[] = wishes.map(([, value]) => value ?? null);
    if (after !== undefined) {
      conditions.push("(created_at, id) < (SELECT created_at, id FROM jobs WHERE id = ?)");
      values.push(after);
    }
    if (filter.createdFrom !== undefined) {
      conditions.push("created_at >= ?");
      values.push(filter.createdFrom);
    }
    if (filter.createdTo !== undefined) {
      conditions.push("created_at <= ?");
      values.push(filter.createdTo);
    }
    const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
    const found: JobRecord[] = [];
    const newest = this.#database.prepare(`SELECT id FROM jobs ${where} ORDER BY created_at DESC, id DESC`);
    for (const row of newest.iterate(...values)) {
      if (found.length >= filter.limit) break;
      const job = this.#rows.read(String(row["id"]));
      if (job !== undefined && hasText(job, filter.text)) found.push(job);
    }
    return found;
  }

  events(id: string, { after, limit }: EventRange): readonly RecordedEvent[] {
    return this.#database
      .prepare("SELECT sequence, event FROM events WHERE job = ? AND sequence > ? ORDER BY sequence LIMIT ?")
      .all(id, after, limit)
      .map((row) => ({ sequence: Number(row["sequence"]), event: parsed(row["event"]) }));
  }

  position(id: string): number | undefined {
    const row = this.#database
      .prepare(
        `SELECT (SELECT count(*) FROM jobs AS other WHERE other.state = 'queued'
           AND (other.rank, other.id) < (jobs.rank, jobs.id)) AS place
         FROM jobs WHERE id = ? AND state = 'queued'`,
      )
      .get(id);
    return row === undefined ? undefined : Number(row["place"]);
  }

  queued(definition: string): number {
    const row = this.#database
      .prepare("SELECT count(*) AS count FROM jobs WHERE state = 'queued' AND definition = ?")
      .get(definition);
    return Number(row?.["count"] ?? 0);
  }

  overdue(now: number, limit: number): readonly string[] {
    return this.#database
      .prepare(
        `SELECT id FROM jobs WHERE state IN ('queued', 'planning', 'running', 'publishing')
         AND json_extract(record, '$.deadlineAt') <= ? LIMIT ?`,
      )
      .all(now, limit)
      .map((row) => String(row["id"]));
  }

  stats(): JobStats {
    const counted = new CountedJobs();
    const jobs = this.#database.prepare(
      "SELECT definition, state, count(*) AS count, min(created_at) AS oldest FROM jobs GROUP BY definition, state",
    );
    for (const row of jobs.all()) {
      const definition = String(row["definition"]);
      // Written from this program's own states.
      counted.add(definition, String(row["state"]) as JobState, Number(row["count"]));
      if (row["state"] === "queued") counted.queuedAt(definition, Number(row["oldest"]));
    }
    const steps = this.#database.prepare(
      "SELECT step, count(*) AS count FROM steps WHERE state = 'running' GROUP BY step",
    );
    const running = steps.all().map((row) => [String(row["step"]), Number(row["count"])] as const);
    return { definitions: counted.definitions(), running: Object.fromEntries(running) };
  }

  dueToExpire(now: number, limit: number): readonly string[] {
    return this.#database
      .prepare("SELECT id FROM jobs WHERE expires_at <= ? ORDER BY expires_at LIMIT ?")
      .all(now, limit)
      .map((row) => String(row["id"]));
  }
}
