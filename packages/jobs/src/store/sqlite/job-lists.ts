import type { DatabaseSync, SQLInputValue } from "node:sqlite";
import type { RecordedEvent } from "../../event.ts";
import type { EventRange, JobFilter } from "../../job-store.ts";
import type { JobRecord } from "../../record.ts";
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
    const where = conditions.length === 0 ? "" : `WHERE ${conditions.join(" AND ")}`;
    const rows = this.#database
      .prepare(`SELECT id FROM jobs ${where} ORDER BY created_at DESC, id DESC LIMIT ?`)
      .all(...values, filter.limit);
    return rows.flatMap((row) => this.#rows.read(String(row["id"])) ?? []);
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

  dueToExpire(now: number, limit: number): readonly string[] {
    return this.#database
      .prepare("SELECT id FROM jobs WHERE expires_at <= ? ORDER BY expires_at LIMIT ?")
      .all(now, limit)
      .map((row) => String(row["id"]));
  }
}
